import { changeOwnAccess } from '../contacts/changing.ts'
import { CspError } from '../csp/cspError.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { attribute, ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import { type NotificationSet, noNotifications } from './types.ts'

/** How often a change is made again when another request of the session was faster. */
const attempts = 4

/**
 * Changes what a session is notified of. It stands in the session, and comes back with it (R10).
 *
 * That there is a session at all that wants to know of such an event is noted with the account first, in an item that
 * is read anyway when its lists are changed: so who has never subscribed to anything pays nothing for it. The note is
 * never taken back: it only says that a look at the sessions is worth it.
 *
 * @throws CspError 503 when others change it all the time, 604 when the session is over
 */
export async function changeSubscribed(
  village: Village,
  live: LiveSession,
  change: (before: NotificationSet) => NotificationSet,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    await live.readStrongly()
    const { accountId, notifications } = live.session
    const before = notifications ?? noNotifications
    const after = change(before)
    if (after === before) return
    if ((after & ~before) !== 0) await noteWith(village, accountId, after)
    const asRead =
      notifications === undefined ? attribute('notifications').isMissing : attribute('notifications').is(notifications)
    try {
      return await live.changeIf([asRead], { notifications: after === noNotifications ? undefined : after })
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      village.log.metric('ConditionConflict')
    }
  }
  throw new CspError(503)
}

const noteWith = (village: Village, accountId: string, set: NotificationSet) =>
  changeOwnAccess(village, accountId, (access) => {
    const { notifications = noNotifications } = access
    return (notifications | set) === notifications ? undefined : { ...access, notifications: notifications | set }
  })
