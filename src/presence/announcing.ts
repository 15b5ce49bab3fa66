import { initiate } from '../delivery/cir.ts'
import { findSession } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { noAttributes } from './attributes.ts'
import { concerns } from './document.ts'
import type { Announcement } from './job.ts'
import { inLots } from './lots.ts'
import type { Owner, Watcher } from './subscription.ts'
import { wants } from './wanted.ts'

/** Announces news to watchers, some at a time. @param told stamps of watchers; those that are told now are added */
export async function announce(
  village: Village,
  owner: Owner,
  news: Announcement,
  watchers: readonly Watcher[],
  told: Set<string>,
  strongly: boolean,
): Promise<void> {
  const concerned = watchers.filter((watcher) => (wants(watcher) & watcher.shown & concerns(news)) !== noAttributes)
  await inLots(concerned, async (watcher) => {
    const session = await sessionOf(village, owner, watcher, strongly)
    if (!session) return
    const changed = session.version === '1.3' ? news.perClient : news.single
    // To be told in another version it would have to come back, and be told everything.
    if ((wants(watcher) & watcher.shown & changed) === noAttributes) return
    await village.store.slots.announce(session, owner, news, village.now())
    told.add(watcher.stamp)
    await initiate(village, session)
  })
}

/** The session of a watcher while it is live. One that cannot come back watches no more. */
export async function sessionOf(
  village: Village,
  owner: Owner,
  watcher: Watcher,
  strongly = false,
): Promise<Session | undefined> {
  const { session, isLive, isGone } = await findSession(village, watcher.sessionId, strongly)
  if (isGone) await village.store.subscriptions.removeWatcher(owner.accountId, watcher)
  return isLive ? session : undefined
}
