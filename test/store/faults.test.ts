import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { attribute, ConditionFailed, type Table } from '../../src/store/table.ts'
import { type Clock, createClock } from '../support/clock.ts'
import { Crash, createFaults, type FaultKind, type FaultOptions, type Faults } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { createChooser, followPlan } from '../support/random.ts'

const key = { pk: 'p', sk: 'hot' }

let table: MemoryTable
let clock: Clock
beforeEach(() => {
  table = createMemoryTable()
  clock = createClock(100_000)
})

const faultsWith = (options: Partial<FaultOptions>): Faults => createFaults({ table, now: clock.now, ...options })

/** One invocation where this happens to the n-th call. */
const invocationWith = (fault: FaultKind, at = 1) =>
  faultsWith({ plan: ({ number }) => (number === at ? fault : undefined) }).invocation()

const add = (to: Table) => to.update(key, { sum: { n: { attribute: 'n', plus: 1 } } })

describe('without faults', () => {
  test('all calls pass through', async () => {
    const invocation = faultsWith({}).invocation()
    await invocation.put({ ...key, n: 1, sweepShard: 'sweep#0', sweepAt: 5 })
    expect(await add(invocation)).toMatchObject({ n: 2 })
    expect(await invocation.get(key, false)).toMatchObject({ n: 2 })
    expect(await invocation.query({ pk: 'p', consistent: false })).toEqual(table.items())
    expect(await invocation.due('sweep#0', 5, 1)).toEqual([key])
    await expect(invocation.put(key, [attribute('pk').isMissing])).rejects.toBeInstanceOf(ConditionFailed)
    const found = []
    for await (const item of invocation.scan()) found.push(item)
    expect(found).toEqual(table.items())
    expect(await invocation.delete(key)).toMatchObject({ n: 2 })
    expect(table.size).toBe(0)
    expect(invocation).toMatchObject({ calls: 8, crashed: false })
  })
})

describe('a call that', () => {
  beforeEach(() => table.put({ ...key, n: 1 }))
  const stored = () => table.item(key)!.n

  test('is throttled has no effect', async () => {
    const invocation = invocationWith('throttled')
    await expect(add(invocation)).rejects.toMatchObject({
      name: expect.stringMatching(/^(Throttling|ProvisionedThroughputExceeded)Exception$/),
    })
    expect(stored()).toBe(1)
    expect(await add(invocation)).toMatchObject({ n: 2 })
  })

  test('loses its answer has had its effect', async () => {
    const invocation = invocationWith('lost')
    await expect(add(invocation)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(stored()).toBe(2)
  })

  test('loses the answer that its condition failed tells nothing of that', async () => {
    const put = invocationWith('lost').put({ ...key, n: 7 }, [attribute('pk').isMissing])
    await expect(put).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(stored()).toBe(1)
  })

  test('is repeated takes effect twice, and has the second outcome', async () => {
    expect(await add(invocationWith('repeated'))).toMatchObject({ n: 3 })
    const own = { ...key, n: 10, own: true }
    expect(await invocationWith('repeated').put(own)).toEqual(own)
    const swap = invocationWith('repeated').put({ ...key, n: 11 }, [attribute('n').is(10)])
    await expect(swap).rejects.toBeInstanceOf(ConditionFailed)
    expect(stored()).toBe(11)
    expect(await invocationWith('repeated').delete(key)).toBeUndefined()
    expect(table.size).toBe(0)
  })

  test.each([
    ['crashBefore', 1],
    ['crashAfter', 2],
  ] as const)('meets %s ends its invocation, and no other', async (fault, effect) => {
    const faults = faultsWith({
      plan: ({ invocation, number }) => (invocation === 1 && number === 2 ? fault : undefined),
    })
    const [dying, living] = [faults.invocation(), faults.invocation()]
    await dying.get(key, true)
    expect(dying.crashed).toBe(false)
    await expect(add(dying)).rejects.toBeInstanceOf(Crash)
    expect(dying.crashed).toBe(true)
    expect(stored()).toBe(effect)
    for (const call of [add, (to: Table) => to.get(key, true), (to: Table) => to.delete(key)]) {
      await expect(call(dying)).rejects.toBeInstanceOf(Crash)
    }
    expect(stored()).toBe(effect)
    await add(living)
    expect(stored()).toBe(effect + 1)
    expect(faults.injected).toBe(1)
  })

  test('waits while its invocation crashes is never applied', async () => {
    const faults = faultsWith({
      rates: { pause: 1 },
      // Does the first pause, and how long; has the second a fault, does it pause, and how long.
      choose: followPlan([0, 0.1, 0, 0, 0.9]),
      plan: ({ number }) => (number === 1 ? 'crashBefore' : undefined),
    })
    const dying = faults.invocation()
    const both = await Promise.allSettled([dying.get(key, true), add(dying)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(stored()).toBe(1)
  })
})

test('a crash can be put before and after every call of an invocation', async () => {
  const work = async (on: Table) => {
    for (const sk of ['a', 'b', 'c']) await on.put({ pk: 'p', sk })
  }
  const written: number[] = []
  for (const fault of ['crashBefore', 'crashAfter'] as const) {
    for (let at = 1; at <= 4; at++) {
      table = createMemoryTable()
      await work(invocationWith(fault, at)).catch(() => undefined)
      written.push(table.size)
    }
  }
  expect(written).toEqual([0, 1, 2, 3, 1, 2, 3, 3])
})

describe('by chance', () => {
  const rates = { crash: 0.05, throttled: 0.05, lost: 0.05, repeated: 0.05, stale: 0.2, expiry: 0.1, pause: 0.3 }

  async function story(choose: () => number, invocations = 300) {
    const table = createMemoryTable()
    const faults = createFaults({ table, now: clock.now, choose, rates })
    const outcomes: string[] = []
    for (let n = 0; n < invocations; n++) {
      const on = faults.invocation()
      const put = on.put({ pk: 'p', sk: `${n % 7}`, n, expiresAt: n % 3 ? 1 : 1e6 })
      outcomes.push(
        await put.then(
          () => 'put',
          ({ name }) => name,
        ),
      )
      outcomes.push(
        await on.query({ pk: 'p', consistent: false }).then(
          ({ length }) => `${length}`,
          ({ name }) => name,
        ),
      )
    }
    return { outcomes, counts: faults.counts, items: table.items() }
  }

  test('everything happens, about as often as it should', async () => {
    const { counts } = await story(createChooser(5))
    for (const kind of ['throttled', 'lost'] as const) expect(Math.abs(counts[kind] - 30)).toBeLessThan(15)
    // Of 600 calls the 300 writes can be repeated.
    expect(Math.abs(counts.repeated - 15)).toBeLessThan(10)
    expect(Math.abs(counts.crashBefore + counts.crashAfter - 30)).toBeLessThan(15)
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(5)
  })

  test('the same seed tells the same story, another seed another', async () => {
    expect(await story(createChooser(1))).toEqual(await story(createChooser(1)))
    expect(await story(createChooser(1))).not.toEqual(await story(createChooser(2)))
  })

  test('a plan of zeros is one without faults, so that what fails shrinks to what matters', async () => {
    expect(Math.max(...Object.values((await story(followPlan([]))).counts))).toBe(0)
    const crashed = await fc.check(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), async (plan) => {
        const { counts } = await story(followPlan(plan), 40)
        return counts.crashBefore + counts.crashAfter === 0
      }),
      { seed: 1, numRuns: 300 },
    )
    expect(crashed.failed).toBe(true)
    expect(crashed.counterexample![0].filter((number) => number > 0)).toHaveLength(1)
  })
})

test('calls at the same time interleave in more ways than one', async () => {
  const orders = new Set<string>()
  for (let seed = 0; seed < 100; seed++) {
    table = createMemoryTable()
    const order: string[] = []
    table.observe((operation) => 'key' in operation && order.push(operation.key.sk))
    const faults = faultsWith({ rates: { pause: 0.8 }, choose: createChooser(seed) })
    const work = async (name: string) => {
      const on = faults.invocation()
      await on.put({ pk: 'p', sk: `${name}1` })
      await on.put({ pk: 'p', sk: `${name}2` })
    }
    await Promise.all([work('a'), work('b')])
    orders.add(order.join())
  }
  expect(orders.size).toBeGreaterThan(4)
})
