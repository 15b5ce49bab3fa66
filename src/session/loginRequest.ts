import { offeredSchemas } from '../accounts/digests.ts'
import { parseUserAddress } from '../csp/address.ts'
import { clientIdText, longestClientId } from '../csp/clientId.ts'
import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import type { SessionDescriptor } from '../csp/message.ts'

/** A Login-Request, taken apart. */
export interface LoginRequest {
  /** The account's name; absent when the UserID can be nobody's in this domain. */
  readonly user?: string
  /** True when the UserID named no domain. */
  readonly hasBareName: boolean
  /** As received, to be given back. */
  readonly clientId?: Element
  /** R4: its trimmed text. */
  readonly client?: string
  readonly cookie?: string
  readonly password?: string
  readonly digestBytes?: string
  readonly schemas: readonly string[]
  /** Seconds. */
  readonly timeToLive?: number
  /** Present in a re-establishment request. */
  readonly sessionId?: string
  /** R1: two different SessionIDs in one request. */
  readonly contradictory: boolean
  /** 1.3: negotiation within the login. */
  readonly functions?: Element
  readonly capabilityList?: Element
  /** 1.3: answers to messages of the operator. */
  readonly systemAnswers?: Element
}

/** Characters that any text of a login may have; the reference knows 255 at most. */
const longest = 255

/** R1: the SessionID of a re-establishment request, and whether it stands in the SessionDescriptor (form A). */
export function sessionIdOf(
  request: Element,
  descriptor: SessionDescriptor,
): { id?: string; form?: 'A' | 'B'; contradictory: boolean } {
  const child = request.textOf('SessionID')
  const contradictory = descriptor.id !== undefined && child !== undefined && descriptor.id !== child
  if (descriptor.id !== undefined) return { id: descriptor.id, form: 'A', contradictory }
  return { ...(child !== undefined && { id: child, form: 'B' as const }), contradictory }
}

/** @throws CspError 400 without a UserID, 402 for a value that cannot be used */
export function parseLogin(request: Element, descriptor: SessionDescriptor, domain: string): LoginRequest {
  const userId = text(request, 'UserID')
  if (userId === undefined) throw new CspError(400, 'Login-Request has no UserID')
  const address = parseUserAddress(userId, domain)
  const clientId = request.child('ClientID')
  const client = clientIdText(clientId)
  if ((client ?? '').length > longestClientId) throw tooLong('ClientID')
  const session = sessionIdOf(request, descriptor)
  // A password counts as it stands, spaces included.
  const password = request.child('Password')?.rawText || undefined
  if ((password ?? '').length > longest) throw tooLong('Password')
  return defined({
    user: address?.domain === domain ? address.user : undefined,
    hasBareName: !userId.includes('@'),
    clientId,
    client,
    cookie: text(request, 'SessionCookie'),
    password,
    digestBytes: text(request, 'DigestBytes'),
    schemas: offeredSchemas(request.textsOf('DigestSchema')),
    timeToLive: timeToLive(request),
    sessionId: session.id,
    contradictory: session.contradictory,
    functions: request.child('Functions'),
    capabilityList: request.child('CapabilityList'),
    systemAnswers: request.child('SystemMessageResponseList'),
  })
}

const tooLong = (name: string) => new CspError(402, `${name} is longer than ${longest} characters`)

function text(request: Element, name: string): string | undefined {
  const value = request.textOf(name)
  if (value !== undefined && value.length > longest) throw tooLong(name)
  return value
}

function timeToLive(request: Element): number | undefined {
  const asked = request.textOf('TimeToLive')
  const seconds = parsePositive(asked)
  if (asked !== undefined && seconds === undefined) throw new CspError(402, 'TimeToLive is no positive number')
  return seconds
}

/** A positive number of seconds; undefined for anything else. */
export function parsePositive(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined
}

const defined = <Record extends object>(record: Record): Record =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Record
