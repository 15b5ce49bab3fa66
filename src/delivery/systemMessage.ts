import { userAddress } from '../csp/address.ts'
import { dateTime } from '../csp/dateTime.ts'
import { element } from '../csp/element.ts'
import type { ServerTransaction } from './serverTransactions.ts'

/** The sender of system messages in 1.1 and 1.2. No account may have this name. */
export const systemUser = 'system'

/**
 * A message of the operator. 1.3 has SystemMessage-Request for it; 1.1 and 1.2 have nothing of the kind, so there it is
 * a NewMessage from the user `system` of the own domain, which every phone can show.
 *
 * Data: `id` (MessageID), `text`, `at` (milliseconds since 1970).
 */
export const systemMessage: ServerTransaction = {
  kind: 'SystemMessage',
  survivesRestore: true,
  pushesContent: (version) => version !== '1.3',
  async render(data, { version, session, village: { settings } }) {
    const id = String(data.id)
    const text = String(data.text)
    if (version === '1.3') {
      const message = { SystemMessageID: id, RequiresResponse: false, SystemMessageText: text }
      return element('SystemMessage-Request', { SystemMessageList: { SystemMessage: message } })
    }
    return element('NewMessage', {
      MessageInfo: {
        MessageID: id,
        ContentType: 'text/plain',
        ContentSize: Buffer.byteLength(text),
        Recipient: { User: { UserID: userAddress(session.user, settings.domain) } },
        Sender: { User: { UserID: userAddress(systemUser, settings.domain) } },
        DateTime: dateTime(Number(data.at)),
      },
      ContentData: text,
    })
  },
}
