import { element } from '../csp/element.ts'
import { isAtLeast } from '../csp/versions.ts'
import type { ServerTransaction } from '../delivery/serverTransactions.ts'
import { spokenAddress } from './addresses.ts'
import { attributesOf } from './attributes.ts'

/**
 * The question whether a user may see the presence: PresenceAuth-Request; in 1.3 a notification that authorisation is
 * needed (ANU). It is void once it was answered, in whichever session.
 *
 * Data: `user` (who asks).
 */
export const authorisationRequest: ServerTransaction = {
  kind: 'PresenceAuth',
  survivesRestore: true,
  pushesContent: () => false,
  async render(data, { village, version, session }) {
    const user = String(data.user)
    const question = await village.store.access.question(session.accountId, user)
    if (!question) return undefined
    const UserID = spokenAddress(user, session, village.settings)
    const wanted = question.attributes === undefined ? undefined : attributesOf(question.attributes)
    const PresenceSubList = wanted && Object.fromEntries(wanted.map(({ name }) => [name, '']))
    return isAtLeast(version, '1.3')
      ? element('Notification-Request', { NotificationType: 'ANU', PresenceSubList, UserIDList: { UserID } })
      : element('PresenceAuth-Request', { UserID, PresenceSubList })
  },
}
