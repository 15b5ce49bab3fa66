import { initiate } from '../delivery/cir.ts'
import type { Village } from '../village.ts'
import { judge, ownJudgement } from './access.ts'
import { sessionOf } from './announcing.ts'
import { noAttributes } from './attributes.ts'
import type { Job } from './job.ts'
import { inLots } from './lots.ts'
import type { Watcher } from './subscription.ts'
import { wants } from './wanted.ts'

/**
 * Judges watchers anew, after what they may see has changed, and has those told whom it concerns: what they see now,
 * and what they no longer do as withdrawn.
 *
 * What a watcher may see is noted before its slot is written: a change of values at the same time either finds the note,
 * or comes before what the slot will tell. The note names the job, so that one that is resumed writes the slot again.
 */
export async function judgeWatchers(village: Village, job: Job, watchers: readonly Watcher[]): Promise<void> {
  const { access, subscriptions } = village.store
  const { value } = await access.read(job.accountId)
  await inLots(watchers, async (watcher) => {
    const isOwn = watcher.accountId === job.accountId
    const relation = isOwn ? undefined : await access.relation(job.accountId, watcher.user)
    const { visible } = isOwn ? ownJudgement : judge(value, relation?.value, watcher.accountId)
    if (watcher.shown === visible && watcher.judgedBy !== job.id) return
    const hidden = ((watcher.hidden ?? noAttributes) | watcher.shown) & wants(watcher) & ~visible
    if (!(await subscriptions.judged(job.accountId, watcher, { shown: visible, judgedBy: job.id, hidden }))) return
    if (((wants(watcher) & visible) | hidden) === noAttributes) return
    const session = await sessionOf(village, job, watcher, true)
    if (!session) return
    await village.store.slots.refresh(session, job, village.now(), { hidden })
    await initiate(village, session)
  })
}
