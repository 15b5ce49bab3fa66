import { initiate } from '../delivery/cir.ts'
import type { Village } from '../village.ts'
import type { Access } from './access.ts'
import { sessionOf } from './announcing.ts'
import { type AttributeSet, noAttributes } from './attributes.ts'
import { attributesWithValues, noPresence } from './document.ts'
import type { Job } from './job.ts'
import { judgementOf } from './judgement.ts'
import { inLots } from './lots.ts'
import type { Watcher } from './subscription.ts'
import { wants } from './wanted.ts'

/** How often a watcher is looked at again when what it may see changes all the time. */
const rounds = 8

/**
 * Judges watchers anew, after what they may see has changed, and has those told whom it concerns: what they see now,
 * and what they no longer do as withdrawn.
 *
 * What a watcher may see is noted before its slot is written: a change of values at the same time either finds the note,
 * or comes before what the slot will tell. The note names the job, so that one that is resumed writes the slot again.
 */
export async function judgeWatchers(village: Village, job: Job, watchers: readonly Watcher[]): Promise<void> {
  const { access, document = noPresence } = await village.store.presence.view(job.accountId)
  // What has no value was never shown.
  const valued = attributesWithValues(document)
  await inLots(watchers, (watcher) => judgeWatcher(village, job, watcher, { access, valued }))
}

/** What was read of the owner a moment ago. */
interface Known {
  readonly access: Access
  readonly valued: AttributeSet
}

/**
 * After each note the judgement is looked at once more: of two jobs at a time the one that has read earlier may note
 * later, and then it is the one to find out.
 */
async function judgeWatcher(village: Village, job: Job, found: Watcher, known: Known): Promise<void> {
  let watcher = found
  for (let round = 0; round < rounds; round++) {
    const { visible } = await judgementOf(village, job, watcher, round === 0 ? known.access : undefined)
    const isResumed = round === 0 && watcher.judgedBy === job.id
    if (watcher.shown === visible && !isResumed) return
    const couldSee = (watcher.hidden ?? noAttributes) | (watcher.shown & known.valued)
    const hidden = couldSee & wants(watcher) & ~visible
    const judged = { shown: visible, judgedBy: job.id, hidden }
    if (!(await village.store.subscriptions.judged(job.accountId, watcher, judged))) return
    // Of a job that is resumed, or takes over from one that is not finished, nobody knows what has been told.
    const mayBeUntold = round === 0 && (isResumed || (await isUnfinished(village, job, watcher.judgedBy)))
    await tell(village, job, watcher, mayBeUntold ? visible | hidden : watcher.shown ^ visible)
    watcher = { ...watcher, ...judged }
  }
}

const isUnfinished = async (village: Village, { accountId }: Job, id: string | undefined): Promise<boolean> =>
  id !== undefined && village.store.jobs.isUnfinished(accountId, id)

async function tell(village: Village, job: Job, watcher: Watcher, changed: AttributeSet): Promise<void> {
  const asked = wants(watcher)
  if ((asked & changed) === noAttributes) return
  const session = await sessionOf(village, job, watcher, true)
  if (!session) return
  await village.store.slots.reveal(session, job, village.now(), asked & changed, asked)
  await initiate(village, session)
}
