import { reconcile } from '../presence/subscribing.ts'
import { findSession } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'

/**
 * Has all sessions that follow a contact list (AutoSubscribe) follow its change. Those that are not live follow it when
 * they come back (R11).
 *
 * @returns true when the session itself is to be told something
 */
export async function followChanges(village: Village, own: Session, list: string): Promise<boolean> {
  const { accountId } = own
  const { subscriptions } = village.store
  const ids = await subscriptions.followers(accountId, list)
  let isTold = false
  for (const id of ids) {
    const { session, isLive, isGone } = await findSession(village, id)
    if (isGone) await subscriptions.unfollow({ accountId, id }, list)
    else if (session && isLive) {
      const isWaiting = await reconcile(village, session, await subscriptions.watched(id))
      if (id === own.id && isWaiting) isTold = true
    }
  }
  return isTold
}
