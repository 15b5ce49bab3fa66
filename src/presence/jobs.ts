import { CspError } from '../csp/cspError.ts'
import { randomText } from '../randomText.ts'
import type { Village } from '../village.ts'
import { announce } from './announcing.ts'
import type { Job } from './job.ts'
import { judgeWatchers } from './judging.ts'
import { atOnce, inLots } from './lots.ts'
import type { Owner, Watcher } from './subscription.ts'

/** How long a call goes on with a job before it leaves the rest to the sweeper, in milliseconds. */
const jobTime = 5000

export const newJob = (village: Village, { user, accountId }: Owner, work: Pick<Job, 'publish' | 'judge'>): Job => ({
  user,
  accountId,
  id: randomText(village.random, 12),
  ...work,
})

/**
 * Does a job on the watchers of a user, some at a time, and notes after each lot how far it is. What it cannot do in its
 * time, or when it dies, the sweeper goes on with.
 */
export async function runJob(village: Village, job: Job): Promise<void> {
  const until = village.now() + jobTime
  const users = job.judge?.users
  const watchers = await watchersOf(village, job, users)
  const left = watchers.filter((watcher) => job.cursor === undefined || keyOf(watcher) > job.cursor)
  let done = job
  for (let start = 0; start < left.length; start += atOnce) {
    if (village.now() > until) return
    const lot = left.slice(start, start + atOnce)
    if (job.publish) await announce(village, job, job.publish, lot, new Set(), true)
    if (job.judge) await judgeWatchers(village, job, lot)
    if (start + atOnce >= left.length) break
    const cursor = keyOf(lot.at(-1)!)
    if (!(await village.store.jobs.advance(done, cursor, village.now()))) return
    done = { ...done, cursor }
  }
  await village.store.jobs.finish(job)
}

/** In the order of their keys, which is that of the cursor. */
async function watchersOf(village: Village, { accountId }: Owner, users: readonly string[] | undefined) {
  const { subscriptions } = village.store
  const found = users
    ? (await inLots(users, (user) => subscriptions.watchers(accountId, user))).flat()
    : await subscriptions.watchers(accountId)
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

const keyOf = ({ user, sessionId }: Watcher): string => `${user}#${sessionId}`

/** The sweeper's part: goes on with a job whose call died. */
export async function finishJob(village: Village, job: Job): Promise<void> {
  if (job.publish) {
    const document = await village.store.presence.read(job.accountId)
    // The values were never written: there is nothing to tell.
    if ((document?.version ?? 0) < job.publish.version) return void (await village.store.jobs.finish(job))
  }
  await runJob(village, job)
}

/**
 * Changes what others may see of a user, and has all judged anew whom it concerns. The job is written first.
 *
 * @param users whom it concerns; absent: everybody
 */
export async function changeAccess(
  village: Village,
  owner: Owner,
  users: readonly string[] | undefined,
  change: () => Promise<unknown>,
): Promise<void> {
  if (users?.length === 0) return void (await change())
  const job = newJob(village, owner, { judge: { ...(users && { users }) } })
  await village.store.jobs.write(job, village.now())
  try {
    await change()
  } catch (error) {
    // Refused before anything was changed; of anything else nobody knows how far it went, and the sweeper judges.
    if (error instanceof CspError && error.code !== 503) await village.store.jobs.finish(job)
    throw error
  }
  await runJob(village, job)
}
