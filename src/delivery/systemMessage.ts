import { userAddress } from '../csp/address.ts'
import { dateTime } from '../csp/dateTime.ts'
import { element } from '../csp/element.ts'
import type { ServerTransaction } from './serverTransactions.ts'
import { type AnswerOption, isUnanswered } from './systemAnswers.ts'

/** The sender of system messages in 1.1 and 1.2. No account may have this name. */
export const systemUser = 'system'

/**
 * A message of the operator. 1.3 has SystemMessage-Request for it; 1.1 and 1.2 have nothing of the kind, so there it is
 * a NewMessage from the user `system` of the own domain, which every phone can show. With options it is to be answered
 * (SystemMessage-User); in 1.1 and 1.2, which cannot answer, they stand below the text. It is void once the user has
 * answered, in whichever session.
 *
 * Data: `id` (MessageID), `text`, `at` (milliseconds since 1970), `options` if there are any.
 */
export const systemMessage: ServerTransaction = {
  kind: 'SystemMessage',
  survivesRestore: true,
  pushesContent: (version) => version !== '1.3',
  async render(data, { version, session, village }) {
    const id = String(data.id)
    const options = (data.options ?? []) as unknown as readonly AnswerOption[]
    const isQuestion = options.length > 0
    if (isQuestion && !(await isUnanswered(village, session, id))) return undefined
    if (version === '1.3') {
      const AnswerOption = options.map((one) => ({ AnswerOptionID: one.id, AnswerOptionText: one.text }))
      const message = {
        SystemMessageID: id,
        RequiresResponse: isQuestion,
        SystemMessageText: String(data.text),
        AnswerOptions: isQuestion ? { AnswerOption } : undefined,
      }
      return element('SystemMessage-Request', { SystemMessageList: { SystemMessage: message } })
    }
    const text = [String(data.text), ...options.map((one) => `${one.id}: ${one.text}`)].join('\n')
    const { domain } = village.settings
    return element('NewMessage', {
      MessageInfo: {
        MessageID: id,
        ContentType: 'text/plain',
        ContentSize: Buffer.byteLength(text),
        Recipient: { User: { UserID: userAddress(session.user, domain) } },
        Sender: { User: { UserID: userAddress(systemUser, domain) } },
        DateTime: dateTime(Number(data.at)),
      },
      ContentData: text,
    })
  },
}
