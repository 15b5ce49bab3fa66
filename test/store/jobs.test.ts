import { beforeEach, expect, test } from 'vitest'
import type { Job } from '../../src/presence/job.ts'
import { jobKey, sweepShardOf } from '../../src/store/keys.ts'
import { createStore, type Store } from '../../src/store/store.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

const job: Job = { id: 'j#1', user: 'ann', accountId: 'account of ann', judge: { users: ['bob'] } }
const key = jobKey('account of ann', 'j#1')

onBothTables((table) => {
  let store: Store
  beforeEach(() => {
    store = createStore(table(), createRandomBytes('jobs'))
  })

  const due = (until: number) => store.sweep.due(sweepShardOf(key.pk), until, 10)

  test('a job that is written is the sweeper’s after twenty seconds, and says what there is to do', async () => {
    await store.jobs.write(job, 1000)
    expect(await due(20_999)).toEqual([])
    expect(await due(21_000)).toEqual([key])
    expect(await store.jobs.read(key)).toEqual(job)
  })

  test('a job on values that change keeps the announcement', async () => {
    const publish = { since: 3, version: 4, single: 1, perClient: 5 }
    const { judge: _, ...rest } = job
    await store.jobs.write({ ...rest, publish }, 1000)
    expect(await store.jobs.read(key)).toEqual({ ...rest, publish })
  })

  test('whoever works on it notes how far it is, and puts the sweeper off', async () => {
    await store.jobs.write(job, 1000)
    expect(await store.jobs.advance(job, 'bob#s1', 6000)).toBe(true)
    expect(await store.jobs.read(key)).toEqual({ ...job, cursor: 'bob#s1' })
    expect(await due(25_999)).toEqual([])
    expect(await due(26_000)).toEqual([key])
    expect(await store.jobs.advance({ ...job, cursor: 'bob#s1' }, 'cat#s2', 7000)).toBe(true)
    expect(await store.jobs.read(key)).toMatchObject({ cursor: 'cat#s2' })
  })

  test('of two that work on it the one that is behind learns so', async () => {
    await store.jobs.write(job, 1000)
    const results = await Promise.all(['a#1', 'b#1'].map((cursor) => store.jobs.advance(job, cursor, 6000)))
    expect(results.sort()).toEqual([false, true])
    expect(await store.jobs.advance({ ...job, cursor: 'elsewhere' }, 'z#1', 6000)).toBe(false)
  })

  test('a job that is finished is gone, and nobody goes on with it', async () => {
    await store.jobs.write(job, 1000)
    await store.jobs.finish(job)
    expect(await store.jobs.read(key)).toBeUndefined()
    expect(await due(1e12)).toEqual([])
    expect(await store.jobs.advance(job, 'bob#s1', 6000)).toBe(false)
    expect(await store.jobs.read(key)).toBeUndefined()
    await store.jobs.finish(job)
  })
})
