import { element } from '../csp/element.ts'
import { isAtLeast } from '../csp/versions.ts'
import type { ServerTransaction } from '../delivery/serverTransactions.ts'
import { spokenAddress } from './addresses.ts'
import { attributesOf } from './attributes.ts'
import { isStillOpen } from './openQuestion.ts'

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
    if (!question || !(await isStillOpen(village, session, question))) return undefined
    const UserID = spokenAddress(user, session, village.settings)
    const wanted = question.attributes === undefined ? undefined : attributesOf(question.attributes)
    const PresenceSubList = wanted && Object.fromEntries(wanted.map(({ name }) => [name, '']))
    return isAtLeast(version, '1.3')
      ? element('Notification-Request', { NotificationType: 'ANU', PresenceSubList, UserIDList: { UserID } })
      : element('PresenceAuth-Request', { UserID, PresenceSubList })
  },

  // R13: a question comes again when the session comes back, also to a client that never acknowledged it.
  async givenUp(data, { village, session }) {
    const question = await village.store.access.question(session.accountId, String(data.user))
    if (!question) return
    const told = question.told.filter((id) => id !== session.id)
    await village.store.access.tellQuestion(session.accountId, question, told)
  },
}
