import { CspError } from '../../csp/cspError.ts'
import { acknowledgeFromLog, forgetMessages } from '../../delivery/acknowledging.ts'
import { isGroupMessageId } from '../../groups/messageId.ts'
import { findMessage } from '../../messaging/inbox.ts'
import type { InboxMessage } from '../../messaging/message.ts'
import { settle } from '../../messaging/settling.ts'
import { briefly, Outcome } from '../outcome.ts'
import { transaction } from '../transaction.ts'

/** Messages that one request may reject. */
const rejectedMax = 100

/** RejectMessage-Request → Status: messages that are not wanted. Whoever waits for a report is told (538). 426 for those that there are not. */
export const rejectMessage = transaction({
  request: 'RejectMessage-Request',
  service: 'REJCM',
  session: 'live',

  async handle({ village, request, live }) {
    const ids = [...new Set(request.textsOf('MessageID'))]
    if (ids.length === 0) throw new CspError(400, 'RejectMessage-Request has no MessageID')
    if (ids.length > rejectedMax) throw new CspError(402, `More than ${rejectedMax} messages are named`)
    const outcome = new Outcome()
    const rejected: InboxMessage[] = []
    for (const id of ids) {
      // One of a group is not wanted by this session; others have it all the same.
      const isOfGroup = isGroupMessageId(id) && (await acknowledgeFromLog(village, live, id))
      const message = isOfGroup ? undefined : await findMessage(village, live.session, id)
      if (isOfGroup) outcome.succeed()
      else if (message) {
        await settle(village, live.session, message, 538)
        rejected.push(message)
        outcome.succeed()
      } else outcome.fail(426, 'MessageID', id)
    }
    if (rejected.length > 0) await forgetMessages(live, rejected)
    return briefly('Status', outcome.result())
  },
})
