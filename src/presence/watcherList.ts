import { findSession } from '../session/lookup.ts'
import type { Village } from '../village.ts'
import { inLots } from './lots.ts'
import { historyKept } from './subscribing.ts'
import type { Owner, Watcher } from './subscription.ts'

/** A user who watched or read the presence of another, and does not now. */
export interface PastWatcher {
  readonly user: string
  readonly accountId: string
  /** Milliseconds since 1970. */
  readonly watchedAt?: number
  readonly readAt?: number
  readonly expiresAt?: number
}

export type WatcherStatus = 'CURRENT_SUBSCRIBER' | 'FORMER_SUBSCRIBER' | 'PRESENCE_ACCESS'

/** One of those who watch, or have watched or read of late. */
export interface ListedWatcher {
  readonly user: string
  readonly status: WatcherStatus
}

/** A reading is noted once in so many milliseconds: a write for each would cost as much as the reading. */
const readingInterval = 3_600_000

/** Notes that a user has read another's presence. One's own is nobody's business. */
export async function rememberReading(village: Village, owner: Owner, reader: Owner): Promise<void> {
  if (reader.accountId === owner.accountId) return
  const { subscriptions } = village.store
  const now = village.now()
  const noted = await subscriptions.glanceAtPast(owner.accountId, reader.user)
  if (noted?.accountId === reader.accountId && now - (noted.readAt ?? 0) < readingInterval) return
  await subscriptions.remember(owner, reader, { readAt: now, expiresAt: Math.ceil(now / 1000) + historyKept })
}

/**
 * Who watches a user's presence, and who did or has read it in the time asked for. Each user once, with the first of the
 * three that holds; those who watch now come first.
 *
 * @param period seconds to look back; none: only who watches now
 */
export async function watcherList(
  village: Village,
  owner: Owner,
  period: number | undefined,
): Promise<ListedWatcher[]> {
  const { subscriptions } = village.store
  const others = (await subscriptions.watchers(owner.accountId)).filter((one) => one.accountId !== owner.accountId)
  const seen = await inLots(others, (watcher) => lookAtWatcher(village, watcher))
  const statuses = new Map<string, WatcherStatus>()
  const note = (user: string, status: WatcherStatus) => {
    if (!statuses.has(user)) statuses.set(user, status)
  }
  for (const { user, isLive } of seen) if (isLive) note(user, 'CURRENT_SUBSCRIBER')
  if (period !== undefined) {
    const earliest = village.now() - period * 1000
    const past = await stillThere(village, await subscriptions.past(owner.accountId))
    for (const { user, lastSeen } of seen) if (lastSeen >= earliest) note(user, 'FORMER_SUBSCRIBER')
    for (const { user, watchedAt = 0 } of past) if (watchedAt >= earliest) note(user, 'FORMER_SUBSCRIBER')
    for (const { user, readAt = 0 } of past) if (readAt >= earliest) note(user, 'PRESENCE_ACCESS')
  }
  return [...statuses].map(([user, status]) => ({ user, status }))
}

/** Those whose account is the one that watched: another that has the name now has not. */
async function stillThere(village: Village, past: readonly PastWatcher[]): Promise<PastWatcher[]> {
  const accounts = await inLots(past, ({ user }) => village.store.accounts.read(user))
  return past.filter(({ accountId }, index) => accounts[index]?.accountId === accountId)
}

async function lookAtWatcher(village: Village, { user, sessionId }: Watcher) {
  const { session, isLive } = await findSession(village, sessionId)
  return { user, isLive, lastSeen: session?.lastSeen ?? 0 }
}
