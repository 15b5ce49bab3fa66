import { invitationServices, isKnownTo } from '../invitations/entry.ts'
import { isAgreed } from '../session/offered.ts'
import { type Session, usableCapabilities } from '../session/session.ts'
import type { Settings } from '../settings.ts'
import { type InboxEntry, isForOther, type MessageFacts } from './message.ts'

/**
 * What a session's client takes of content. It has said so in its capabilities, and in SetDeliveryMethod since; what it
 * has not said is: any text, in plain.
 */

/** What of a session says how its client takes messages. */
export type DeliveryUse = Pick<Session, 'delivery' | 'capabilities' | 'capabilityPending' | 'functions'>

/** True when the client has listed the content types that it takes. */
export const statesTypes = (session: DeliveryUse): boolean => {
  const { anyContent, contentTypes } = usableCapabilities(session)
  return anyContent !== true && contentTypes !== undefined && contentTypes.length > 0
}

/** True when the client takes that content type. */
export function takesType(session: DeliveryUse, contentType: string): boolean {
  const type = bare(contentType)
  const { anyContent, contentTypes = [] } = usableCapabilities(session)
  if (anyContent) return true
  if (!statesTypes(session)) return type.startsWith('text/')
  return contentTypes.map(bare).some((one) => one === type || one === '*/*' || one === `${type.split('/')[0]}/*`)
}

/** Without parameters such as charset, which come and go. */
const bare = (type: string): string => type.split(';')[0]!.trim().toLowerCase()

/**
 * How a message is told: `P` pushed, with its content, or `N` by a notification, upon which the client fetches it.
 *
 * @returns undefined when the client has agreed to neither
 */
export function methodFor(session: DeliveryUse, facts: MessageFacts, settings: Settings): 'P' | 'N' | undefined {
  const method = session.delivery?.method ?? usableCapabilities(session).deliveryMethod ?? 'P'
  const pushes = method === 'P' && isPushable(session, facts)
  if (pushes && uses('NEWM', session, settings)) return 'P'
  return uses('NOTIF', session, settings) ? 'N' : undefined
}

/** True for what the operator has not switched off, nor the client left out. */
export const uses = (service: string, session: Pick<Session, 'functions'>, { servicesDisabled }: Settings): boolean =>
  !servicesDisabled.has(service) && isAgreed(service, session)

/** True when the content may come unasked. */
function isPushable(session: DeliveryUse, { contentType, contentEncoding, contentSize }: MessageFacts): boolean {
  const { base64, pushLength, textLength } = usableCapabilities(session)
  // No AcceptedTransferEncoding: only what is text as it stands.
  if (contentEncoding === 'BASE64' && base64 !== true) return false
  if (!takesType(session, contentType)) return false
  const most = session.delivery?.contentLength ?? pushLength
  const isText = bare(contentType).startsWith('text/')
  return contentSize <= (most ?? Number.POSITIVE_INFINITY) && !(isText && contentSize > (textLength ?? contentSize))
}

/** True when the session can be told of the entry at all. */
export function canBeTold(session: Session, entry: InboxEntry, settings: Settings): boolean {
  if (entry.kind === 'report') return uses('MDELIV', session, settings)
  if (isForOther(session, entry)) return false
  if (entry.kind === 'invitation')
    return isKnownTo(session, entry) && uses(invitationServices[entry.what], session, settings)
  return methodFor(session, entry.facts, settings) !== undefined
}
