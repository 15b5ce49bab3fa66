import { element } from '../../csp/element.ts'
import { parseDraft } from '../../messaging/draft.ts'
import { requestKey, send } from '../../messaging/sending.ts'
import { isOfService, withoutDetails } from '../outcome.ts'
import { answer, result, status, transaction } from '../transaction.ts'
import { checkRecipient, findRecipients } from './recipients.ts'

/**
 * SendMessage-Request → SendMessage-Response with the MessageID: a message to users, one client of a user, contact
 * lists, several at once. From then on it is the server's to deliver. The same request once more (session,
 * TransactionID, content) within five minutes is the same message and gets the same answer; under another
 * TransactionID it is a new one.
 */
export const sendMessage = transaction({
  request: 'SendMessage-Request',
  service: 'MM',
  session: 'live',
  requires: ['MessageInfo'],

  async handle({ village, request, transactionId, live }) {
    const recipient = request.find('MessageInfo', 'Recipient')
    checkRecipient(recipient)
    const draft = parseDraft(request, village.settings, village.now())
    const sent = await send(village, {
      sender: live.session,
      request: requestKey(transactionId, request),
      draft,
      recipients: () => findRecipients(village, live.session, recipient, draft.facts.contentType),
    })
    const { messageId: MessageID, isForSender } = sent
    return {
      ...answer('SendMessage-Response', { Result: sent.result, MessageID }),
      // It is sent, whether or not the client can parse who of many does not get it.
      smaller: element('SendMessage-Response', { Result: withoutDetails(sent.result), MessageID }),
      waiting: isForSender,
    }
  },

  refuse: (_, { code, message, details }) =>
    isOfService(code)
      ? status(code, message, details)
      : answer('SendMessage-Response', { Result: result(code, message, details) }),
})
