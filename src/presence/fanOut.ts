import { CspError } from '../csp/cspError.ts'
import { ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import { announce } from './announcing.ts'
import { changedIn, noPresence, type PresenceDocument } from './document.ts'
import type { Announcement } from './job.ts'
import { newJob, runJob } from './jobs.ts'
import type { Owner, Watcher } from './subscription.ts'

/** Watchers that are told within the call; with more it is a job. */
export const inCallMax = 128

/**
 * Changes a user's presence values, and sees to it that every session that watches is told.
 *
 * Slots are written first and name the version that is about to be: a session that fetches one waits until that version
 * is there. So a call that dies anywhere has either changed nothing or told everybody, without a write beyond one a
 * watcher and one for the values. Who came while this went on is told after it: watchers are looked at once more.
 *
 *     watchers, slots ───── values ───── watchers, slots of those that are new
 *
 * With more watchers than fit into one call a job is written, then the values, then the slots (jobs.ts).
 *
 * @param change the new values; undefined changes nothing
 * @throws CspError 503 when others change them all the time
 */
export async function publish(
  village: Village,
  owner: Owner,
  change: (before: PresenceDocument) => PresenceDocument | undefined,
): Promise<void> {
  const { presence, subscriptions } = village.store
  for (let attempt = 0; attempt < 8; attempt++) {
    const stored = await presence.read(owner.accountId)
    const before = stored ?? noPresence
    const after = change(before)
    if (!after) return
    const news: Announcement = { ...changedIn(after), since: before.version, version: after.version }
    const watchers = await subscriptions.watchers(owner.accountId)
    const write = () => presence.replace(owner.accountId, after, stored)
    try {
      if (watchers.length > inCallMax) await publishByJob(village, owner, news, write)
      else await publishInCall(village, owner, news, watchers, write)
      return
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      village.log.metric('ConditionConflict')
    }
  }
  throw new CspError(503)
}

async function publishInCall(
  village: Village,
  owner: Owner,
  news: Announcement,
  watchers: readonly Watcher[],
  write: () => Promise<void>,
): Promise<void> {
  const told = new Set<string>()
  const tellLate = async () => {
    const now = await village.store.subscriptions.watchers(owner.accountId)
    const late = now.filter(({ stamp }) => !told.has(stamp))
    await announce(village, owner, news, late, told, true)
  }
  await announce(village, owner, news, watchers, told, false)
  try {
    await write()
  } catch (error) {
    // Of a lost answer nobody knows whether the values are there. What never comes a poll finds out.
    if (!(error instanceof ConditionFailed)) await tellLate()
    throw error
  }
  await tellLate()
}

async function publishByJob(
  village: Village,
  owner: Owner,
  publish: Announcement,
  write: () => Promise<void>,
): Promise<void> {
  const job = newJob(village, owner, { publish })
  await village.store.jobs.write(job, village.now())
  try {
    await write()
  } catch (error) {
    // Not written, and so nothing to tell; what is not known to be written the sweeper finds out.
    if (error instanceof ConditionFailed) await village.store.jobs.finish(job)
    throw error
  }
  await runJob(village, job)
}
