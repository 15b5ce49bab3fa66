import { beforeEach, describe, expect, test } from 'vitest'
import { type Clock, createClock } from '../support/clock.ts'
import { createFaults, type FaultOptions, type Faults } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { createChooser } from '../support/random.ts'

const key = { pk: 'p', sk: 'hot' }

let table: MemoryTable
let clock: Clock
beforeEach(() => {
  table = createMemoryTable()
  clock = createClock(100_000)
})

const faultsWith = (options: Partial<FaultOptions>): Faults => createFaults({ table, now: clock.now, ...options })

describe('a stale read', () => {
  const stale = () => faultsWith({ plan: () => 'stale' })
  const sks = (items: readonly { sk: string }[]) => items.map(({ sk }) => sk)

  test('of an item sees none, or an older one; a strong read does not', async () => {
    const on = stale().invocation()
    await table.put({ ...key, n: 1 })
    expect(await on.get(key, false)).toBeUndefined()
    clock.advance(1000)
    await table.put({ ...key, n: 2 })
    await table.put({ ...key, n: 3 })
    expect(await on.get(key, false)).toMatchObject({ n: 1 })
    expect(await on.get(key, true)).toMatchObject({ n: 3 })
    await table.delete(key)
    expect(await on.get(key, false)).toMatchObject({ n: 1 })
    expect(await on.get(key, true)).toBeUndefined()
    clock.advance(1000)
    expect(await on.get(key, false)).toBeUndefined()
  })

  test('of a partition misses what came, still has what went, in order and within its bounds', async () => {
    for (const sk of ['cold', 'hot', 'queue#1', 'queue#2']) await table.put({ pk: 'p', sk, old: true })
    const on = stale().invocation()
    await table.delete({ pk: 'p', sk: 'queue#1' })
    await table.put({ pk: 'p', sk: 'queue#3' })
    await table.update({ pk: 'p', sk: 'hot' }, { set: { old: false } })
    await table.delete({ pk: 'p', sk: 'cold' })
    const found = await on.query({ pk: 'p', from: 'hot', consistent: false })
    expect(found).toEqual(['hot', 'queue#1', 'queue#2'].map((sk) => ({ pk: 'p', sk, old: true })))
    expect(sks(await on.query({ pk: 'p', to: 'cold', consistent: false }))).toEqual(['cold'])
    expect(sks(await on.query({ pk: 'p', consistent: true }))).toEqual(['hot', 'queue#2', 'queue#3'])
  })

  test('of the index does too', async () => {
    const at = (sk: string, sweepAt: number) => table.put({ pk: 'p', sk, sweepShard: 'sweep#0', sweepAt })
    await at('a', 1)
    await at('b', 2)
    await at('c', 3)
    clock.advance(1000)
    const on = stale().invocation()
    await at('new', 0)
    await table.delete({ pk: 'p', sk: 'a' })
    await table.update({ pk: 'p', sk: 'b' }, { set: { sweepAt: 9 } })
    await table.update({ pk: 'p', sk: 'c' }, { set: { other: true } })
    expect(sks(await table.due('sweep#0', 9, 9))).toEqual(['new', 'c', 'b'])
    expect(sks(await on.due('sweep#0', 9, 9))).toEqual(['a', 'b', 'c'])
    expect(sks(await on.due('sweep#0', 9, 2))).toEqual(['a', 'b'])
    expect(sks(await on.due('sweep#0', 1, 9))).toEqual(['a'])
    clock.advance(1000)
    await at('before', 0)
    await at('before that', 0)
    expect(sks(await on.due('sweep#0', 9, 1)), 'what the newer ones stand before').toEqual(['new'])
  })

  test('gives away nothing of the table itself', async () => {
    await table.put({ ...key, map: { n: 1 } })
    const on = stale().invocation()
    await table.update(key, { set: { 'map.n': 2 } })
    type Found = { map: { n: number } }
    const found = (await on.get(key, false)) as unknown as Found
    found.map.n = 7
    const [queried] = (await on.query({ pk: 'p', consistent: false })) as unknown as Found[]
    expect(queried!.map.n).toBe(1)
    queried!.map.n = 8
    expect(await on.get(key, false)).toMatchObject({ map: { n: 1 } })
  })

  test('is always some state that the partition was in, and sooner or later each of the recent ones', async () => {
    const on = faultsWith({ choose: createChooser(1), rates: { stale: 0.9 } }).invocation()
    const states: string[] = ['']
    const seen = new Set<string>()
    const steps = createChooser(2)
    for (let step = 0; step < 10; step++) {
      const sk = 'abc'[Math.floor(steps() * 3)]!
      await (steps() < 0.3 ? table.delete({ pk: 'p', sk }) : table.put({ pk: 'p', sk, step }))
      states.push(written(table.items()))
    }
    for (let look = 0; look < 500; look++) seen.add(written(await on.query({ pk: 'p', consistent: false })))
    expect([...seen].sort()).toEqual([...new Set(states)].sort())
  })

  const written = (items: readonly object[]) => items.map((item) => JSON.stringify(Object.entries(item).sort())).join()
})

describe('expiry', () => {
  const expiring = (sk: string, expiresAt: number) => table.put({ pk: 'p', sk, expiresAt })
  const left = () => table.items().map(({ sk }) => sk)

  test('takes what has expired, whenever it likes, and nothing else', async () => {
    await expiring('was there before', 99)
    const faults = faultsWith({ rates: { expiry: 1 } })
    await expiring('now', 100)
    await expiring('later', 101)
    await expiring('renewed', 99)
    await expiring('renewed', 200)
    await table.put({ pk: 'p', sk: 'never' })
    const on = faults.invocation()
    await on.get(key, true)
    expect(left()).toEqual(['later', 'never', 'now', 'renewed'])
    await on.get(key, true)
    await on.get(key, true)
    expect(left()).toEqual(['later', 'never', 'renewed'])
    clock.advance(1000)
    await on.get(key, true)
    expect(left()).toEqual(['never', 'renewed'])
    expect(faults.counts.expiry).toBe(3)
    expect(faults.injected).toBe(0)
  })

  test('lets it linger where chance wants so, and takes all when told', async () => {
    await expiring('a', 1)
    await expiring('b', 2)
    const faults = faultsWith({ rates: { expiry: 0.5 } })
    const on = faults.invocation()
    for (let n = 0; n < 10; n++) await on.get(key, true)
    expect(left()).toEqual(['a', 'b'])
    await faults.expireAll()
    expect(left()).toEqual([])
  })
})
