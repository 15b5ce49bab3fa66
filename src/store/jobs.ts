import type { Job } from '../presence/job.ts'
import { accountIdOfUser, jobIdOf, jobKey, sweepShardOf } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, repairDelay, schemaVersion } from './sessionItem.ts'
import { attribute, ignoreFailedCondition, type Key } from './table.ts'
import type { Writes } from './writes.ts'

/** Jobs on the watchers of a user: written before the work, so that the sweeper can go on with it when the call dies. */
export class JobStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** @param now milliseconds since 1970: the sweeper looks `repairDelay` later */
  async write(job: Job, now: number): Promise<void> {
    const key = jobKey(job.accountId, job.id)
    const sweepShard = sweepShardOf(key.pk)
    await this.#writes.table.put({
      ...key,
      schemaVersion,
      ...definedValues(job),
      sweepShard,
      sweepAt: now + repairDelay * 1000,
    })
  }

  async read({ pk, sk }: Key): Promise<Job | undefined> {
    const item = await this.#writes.table.get({ pk, sk }, true)
    return item && { ...toRecord<Job>(item), accountId: accountIdOfUser(pk), id: jobIdOf(sk) }
  }

  /** True while a job is not finished: it is under way, or its call has died. Strong. */
  async isUnfinished(accountId: string, id: string): Promise<boolean> {
    return (await this.#writes.table.get(jobKey(accountId, id), true)) !== undefined
  }

  /**
   * Notes how far the work is.
   *
   * @returns false when somebody else has gone further: then it is theirs
   */
  async advance(job: Job, cursor: string, now: number): Promise<boolean> {
    const asSeen = job.cursor === undefined ? attribute('cursor').isMissing : attribute('cursor').is(job.cursor)
    const set = { cursor, sweepAt: now + repairDelay * 1000 }
    const condition = [attribute('pk').isPresent, asSeen]
    const written = await this.#writes
      .update(jobKey(job.accountId, job.id), { set }, condition)
      .catch(ignoreFailedCondition)
    return written !== undefined
  }

  async finish({ accountId, id }: Job): Promise<void> {
    await this.#writes.table.delete(jobKey(accountId, id))
  }
}
