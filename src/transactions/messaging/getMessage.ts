import { CspError } from '../../csp/cspError.ts'
import { findGroupMessage, isGroupMessageId } from '../../groups/messageId.ts'
import { groupMessageInfo } from '../../groups/rendering.ts'
import { findMessage } from '../../messaging/inbox.ts'
import { infoOf } from '../../messaging/information.ts'
import { readContent } from '../../messaging/rendering.ts'
import type { LiveSession } from '../../session/liveSession.ts'
import type { Village } from '../../village.ts'
import { type Answer, answer, transaction } from '../transaction.ts'

/**
 * GetMessage-Request → GetMessage-Response: a message with its content, whatever the client takes unasked. It stays until
 * it is acknowledged by MessageDelivered, or rejected; what was said in a group until its validity is over. 426 when there
 * is none (any more).
 */
export const getMessage = transaction({
  request: 'GetMessage-Request',
  service: 'GETM',
  session: 'live',
  requires: ['MessageID'],

  async handle({ village, request, live }) {
    const messageId = request.textOf('MessageID') ?? ''
    if (isGroupMessageId(messageId)) return fromLog(village, live, messageId)
    const message = await findMessage(village, live.session, messageId)
    if (!message) throw new CspError(426)
    return answer('GetMessage-Response', {
      MessageInfo: infoOf(message, live.session, village.settings),
      ContentData: (await readContent(village, message)) || undefined,
    })
  },
})

/** What was said in a group in which the session is joined can be fetched until its validity is over. */
async function fromLog(village: Village, live: LiveSession, messageId: string): Promise<Answer> {
  await live.readStrongly()
  const found = await findGroupMessage(village, live.session, messageId)
  if (!found || found.message.validUntil <= village.now()) throw new CspError(426)
  return answer('GetMessage-Response', {
    MessageInfo: groupMessageInfo(found.message, found.place.address),
    ContentData: (await readContent(village, found.message)) || undefined,
  })
}
