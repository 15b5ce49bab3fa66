import { CspError } from '../../csp/cspError.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { forgetMessages } from '../../delivery/acknowledging.ts'
import { findGroupMessage, isGroupMessageId } from '../../groups/messageId.ts'
import type { Draft } from '../../messaging/draft.ts'
import { findMessage } from '../../messaging/inbox.ts'
import type { InboxMessage } from '../../messaging/message.ts'
import { readContent } from '../../messaging/rendering.ts'
import { findSent, requestKey, send } from '../../messaging/sending.ts'
import { settle } from '../../messaging/settling.ts'
import type { LiveSession } from '../../session/liveSession.ts'
import type { Village } from '../../village.ts'
import { briefly } from '../outcome.ts'
import { answer, transaction } from '../transaction.ts'
import { checkRecipient, findRecipients } from './recipients.ts'

/**
 * ForwardMessage-Request → Status; in 1.3, when all went well, ForwardMessage-Response with the new MessageID. A message
 * that waits for the user goes to somebody else instead, as a message of the user. Whoever waits for a report on the
 * first one is told (541). 426 when it is not there (any more).
 */
export const forwardMessage = transaction({
  request: 'ForwardMessage-Request',
  service: 'FWMSG',
  session: 'live',
  requires: ['MessageID', 'Recipient'],

  async handle({ village, request, transactionId, version, live }) {
    const { session } = live
    const recipient = request.child('Recipient')
    checkRecipient(recipient)
    const same = requestKey(transactionId, request)
    const message = await findMessage(village, session, request.textOf('MessageID'))
    const said = message ?? (await findSaid(village, live, request.textOf('MessageID')))
    // Repeated when it was done: then the answer was lost.
    const before = said ? undefined : await findSent(village, session, same)
    if (!said && !before) throw new CspError(426)
    const sent =
      before ??
      (await send(village, {
        sender: session,
        request: same,
        draft: { ...draftOf(said!, village.now()), content: await readContent(village, said!) },
        recipients: () => findRecipients(village, session, recipient, said!.facts.contentType),
      }))
    if (message) {
      await settle(village, session, message, 541)
      await forgetMessages(live, [message])
    }
    if (!isAtLeast(version, '1.3') || sent.isPartial) return briefly('Status', sent.result)
    return answer('ForwardMessage-Response', { MessageID: sent.messageId })
  },
})

/** What was said in a group stays there for the others. */
async function findSaid(village: Village, live: LiveSession, messageId: string | undefined) {
  if (messageId === undefined || !isGroupMessageId(messageId)) return undefined
  await live.readStrongly()
  const message = (await findGroupMessage(village, live.session, messageId))?.message
  return message && message.validUntil > village.now() ? message : undefined
}

/** It is good for as long as it would have been. */
const draftOf = (
  { facts, validUntil }: Pick<InboxMessage, 'facts' | 'validUntil'>,
  now: number,
): Omit<Draft, 'content'> => ({
  facts,
  validity: Math.ceil((validUntil - now) / 1000),
  wantsReport: false,
})
