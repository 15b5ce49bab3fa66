import { describe, expect, test } from 'vitest'
import { attribute, ConditionFailed, type Table } from '../../src/store/table.ts'
import { Writes } from '../../src/store/writes.ts'
import { createClock } from '../support/clock.ts'
import { createFaults, type FaultKind } from '../support/faultTable.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { createMeter } from '../support/meter.ts'

const key = { pk: 'session#1', sk: 'hot' }
const isEpoch = (epoch: number) => [attribute('epoch').is(epoch)]

let writeIds = 0
const writesOver = (table: Table) => new Writes(table, () => `write ${++writeIds}`)

/** Writes where this happens to the first write. */
function faultyWrites(fault: FaultKind) {
  const table = createMemoryTable()
  const { invocation } = createFaults({
    table,
    now: createClock().now,
    plan: ({ number }) => (number === 1 ? fault : undefined),
  })
  return { table, writes: writesOver(invocation()) }
}

describe('a write that was applied and then sent again', () => {
  test('finds itself, and has succeeded: an update', async () => {
    const { table, writes } = faultyWrites('repeated')
    await table.put({ ...key, epoch: 1 })
    const item = await writes.update(key, { set: { epoch: 2, state: 'ending' } }, isEpoch(1))
    expect(item).toMatchObject({ epoch: 2, state: 'ending' })
    expect(item).toEqual(table.item(key))
  })

  test('finds itself, and has succeeded: a put', async () => {
    const { table, writes } = faultyWrites('repeated')
    const item = await writes.put({ ...key, epoch: 1 }, [attribute('pk').isMissing])
    expect(item).toEqual(table.item(key))
    expect(item.epoch).toBe(1)
  })

  test('has failed when its answer was lost for good; what it did stays', async () => {
    const { table, writes } = faultyWrites('lost')
    await table.put({ ...key, epoch: 1 })
    await expect(writes.update(key, { set: { epoch: 2 } }, isEpoch(1))).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(table.item(key)!.epoch).toBe(2)
  })
})

describe("another's write", () => {
  test('fails the update', async () => {
    const table = createMemoryTable()
    const writes = writesOver(table)
    await table.put({ ...key, epoch: 1 })
    await writes.update(key, { set: { epoch: 2 } }, isEpoch(1))
    await expect(writes.update(key, { set: { epoch: 2 } }, isEpoch(1))).rejects.toBeInstanceOf(ConditionFailed)
  })

  test('fails the put', async () => {
    const table = createMemoryTable()
    await table.put({ ...key, epoch: 1 })
    await expect(writesOver(table).put({ ...key, epoch: 2 }, [attribute('pk').isMissing])).rejects.toBeInstanceOf(
      ConditionFailed,
    )
    expect(table.item(key)).toEqual({ ...key, epoch: 1 })
  })

  test('fails the write also where the item is gone', async () => {
    await expect(writesOver(createMemoryTable()).update(key, {}, isEpoch(1))).rejects.toBeInstanceOf(ConditionFailed)
  })

  test('decides of two at the same time: one succeeds', async () => {
    const table = createMemoryTable()
    await table.put({ ...key, epoch: 1 })
    const writes = writesOver(table)
    const both = [1, 2].map(() => writes.update(key, { set: { epoch: 2 } }, isEpoch(1)))
    const outcomes = (await Promise.allSettled(both)).map(({ status }) => status)
    expect(outcomes.sort()).toEqual(['fulfilled', 'rejected'])
  })
})

test('every write has an id of its own, and keeps what else the change sets', async () => {
  const table = createMemoryTable()
  const writes = writesOver(table)
  const first = await writes.put({ ...key, count: 1 }, [])
  const second = await writes.update(
    key,
    { set: { a: 1 }, sum: { count: { attribute: 'count', plus: 1 } }, remove: ['b'] },
    [],
  )
  expect(second).toEqual({ ...key, a: 1, count: 2, writeId: second.writeId })
  expect(first.writeId).not.toBe(second.writeId)
})

test('any other error is passed on', async () => {
  const { writes } = faultyWrites('throttled')
  await expect(writes.put({ ...key }, [])).rejects.toMatchObject({ name: 'ThrottlingException' })
})

test('looks strongly, and only when a condition failed', async () => {
  const { table, measure } = createMeter()
  const writes = writesOver(table)
  expect(await measure(() => writes.put({ ...key, epoch: 1 }, []))).toMatchObject({ reads: 0, writes: 1 })
  const failing = await measure(() => writes.update(key, {}, isEpoch(7)).catch((error) => error))
  expect(failing).toMatchObject({ reads: 1, writes: 1 })
})
