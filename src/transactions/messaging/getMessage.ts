import { CspError } from '../../csp/cspError.ts'
import { findMessage } from '../../messaging/inbox.ts'
import { infoOf } from '../../messaging/information.ts'
import { readContent } from '../../messaging/rendering.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * GetMessage-Request → GetMessage-Response: a message with its content, whatever the client takes unasked. It stays until
 * it is acknowledged by MessageDelivered, or rejected. 426 when there is none (any more).
 */
export const getMessage = transaction({
  request: 'GetMessage-Request',
  service: 'GETM',
  session: 'live',
  requires: ['MessageID'],

  async handle({ village, request, live }) {
    const message = await findMessage(village, live.session, request.textOf('MessageID'))
    if (!message) throw new CspError(426)
    return answer('GetMessage-Response', {
      MessageInfo: infoOf(message, live.session, village.settings),
      ContentData: (await readContent(village, message)) || undefined,
    })
  },
})
