import { beforeEach, describe, expect, test } from 'vitest'
import { attribute, type Item, type Value } from '../../src/store/table.ts'
import { itemSize } from '../support/memory/values.ts'
import { createMeter, type Meter } from '../support/meter.ts'

const key = { pk: 'p', sk: 's' }

/** An item of so many bytes: 8 go to the keys and the name of the text. */
const itemOf = (bytes: number, rest: Record<string, Value> = {}, sk = 's'): Item => {
  const bare: Item = { pk: 'p', sk, ...rest, text: '' }
  return { ...bare, text: 'x'.repeat(bytes - itemSize(bare)) }
}

describe('the size of an item', () => {
  test.each<[Value, number]>([
    ['', 0],
    ['grüße', 7],
    ['😀', 4],
    [true, 1],
    [new Uint8Array(5), 5],
    [0, 1],
    [7, 2],
    [10, 2],
    [99, 2],
    [100, 2],
    [123, 3],
    [1234, 3],
    [-7, 3],
    [0.5, 2],
    [1767268800250, 8],
    [[], 3],
    [['a', 'b'], 7],
    [{}, 3],
    [{ name: 'a' }, 9],
    [{ a: [1] }, 3 + 1 + 1 + 3 + 1 + 2],
  ])('%j takes %i bytes', (value, bytes) => {
    expect(itemSize({ n: value })).toBe(1 + bytes)
  })
})

describe('the meter', () => {
  let meter: Meter
  beforeEach(() => {
    meter = createMeter()
  })

  const cost = async (act: (table: Meter['table']) => Promise<unknown>) => {
    const { reads, writes, indexWrites } = await meter.measure(() => act(meter.table).catch(() => undefined))
    return [reads, writes, indexWrites]
  }

  test('counts reads by 4 KB, eventual ones half, and nothing found as one', async () => {
    expect(await cost((table) => table.get(key, true))).toEqual([1, 0, 0])
    expect(await cost((table) => table.get(key, false))).toEqual([0.5, 0, 0])
    await meter.table.put(itemOf(4096))
    expect(await cost((table) => table.get(key, true))).toEqual([1, 0, 0])
    await meter.table.put(itemOf(4097))
    expect(await cost((table) => table.get(key, true))).toEqual([2, 0, 0])
    expect(await cost((table) => table.get(key, false))).toEqual([1, 0, 0])
  })

  test('rounds up the sum of a Query, not each item', async () => {
    for (let n = 0; n < 9; n++) await meter.table.put(itemOf(500, {}, `s${n}`))
    expect(await cost((table) => table.query({ pk: 'p', consistent: true }))).toEqual([2, 0, 0])
    expect(await cost((table) => table.query({ pk: 'p', from: 's1', consistent: true }))).toEqual([1, 0, 0])
    expect(await cost((table) => table.query({ pk: 'none', consistent: false }))).toEqual([0.5, 0, 0])
  })

  test('counts writes by 1 KB of the larger of before and after', async () => {
    expect(await cost((table) => table.put(itemOf(1024)))).toEqual([0, 1, 0])
    expect(await cost((table) => table.put(itemOf(1025)))).toEqual([0, 2, 0])
    expect(await cost((table) => table.put(itemOf(10)))).toEqual([0, 2, 0])
    expect(await cost((table) => table.update(key, { set: { text: 'x'.repeat(3000) } }))).toEqual([0, 3, 0])
    expect(await cost((table) => table.update(key, { remove: ['text'] }))).toEqual([0, 3, 0])
    await meter.table.put(itemOf(2000))
    expect(await cost((table) => table.delete(key))).toEqual([0, 2, 0])
    expect(await cost((table) => table.delete(key))).toEqual([0, 1, 0])
  })

  test('counts a write whose condition failed, by what is there or would have been', async () => {
    const isMissing = [attribute('pk').isMissing]
    await meter.table.put(itemOf(2000, { sweepShard: 'sweep#0', sweepAt: 1 }))
    expect(await cost((table) => table.put(itemOf(10), isMissing))).toEqual([0, 2, 0])
    expect(await cost((table) => table.put(itemOf(5000), isMissing))).toEqual([0, 5, 0])
    expect(await cost((table) => table.delete(key, isMissing))).toEqual([0, 2, 0])
    expect(await cost((table) => table.update({ pk: 'p', sk: 'none' }, {}, [attribute('pk').isPresent]))).toEqual([
      0, 1, 0,
    ])
  })

  test('counts nothing that was refused as invalid', async () => {
    expect(await cost((table) => table.update(key, { set: { pk: 'q' } }))).toEqual([0, 0, 0])
    expect(await cost((table) => table.update(key, { set: { 'a.b': 1 } }))).toEqual([0, 0, 0])
  })

  test('counts what the index costs', async () => {
    const sweep = { sweepShard: 'sweep#0', sweepAt: 5 }
    const update = (set: Record<string, Value | undefined>) => cost((table) => table.update(key, { set }))
    expect(await cost((table) => table.put({ ...key, sweepAt: 5 })), 'half a key is none').toEqual([0, 1, 0])
    expect(await update(sweep), 'entered').toEqual([0, 1, 1])
    expect(await update({ ...sweep, other: 1 }), 'stayed').toEqual([0, 1, 0])
    expect(await update({ sweepAt: 6 }), 'moved').toEqual([0, 1, 2])
    expect(await update({ sweepShard: 'sweep#1' }), 'moved').toEqual([0, 1, 2])
    expect(await update({ sweepShard: undefined }), 'left').toEqual([0, 1, 1])
    await update(sweep)
    expect(await cost((table) => table.delete(key)), 'left').toEqual([0, 1, 1])
  })

  test('counts a look into the index as an eventual read', async () => {
    for (let n = 0; n < 200; n++) {
      await meter.table.put(itemOf(1000, { sweepShard: 'sweep#0', sweepAt: n }, `item ${n}`))
    }
    expect(await cost((table) => table.due('sweep#0', 10, 100))).toEqual([0.5, 0, 0])
    // 200 entries of keys alone, of some 40 bytes each.
    expect(await cost((table) => table.due('sweep#0', 1000, 200))).toEqual([1, 0, 0])
  })

  test('tells each call and its price', async () => {
    const { calls } = await meter.measure(async () => {
      await meter.table.put(itemOf(1025))
      await meter.table.query({ pk: 'p', from: 'hot', consistent: false })
    })
    expect(calls).toHaveLength(2)
    expect(calls[0]).toMatch(/^put p \/ s.*2 written/)
    expect(calls[1]).toMatch(/^query p \/ hot.*0\.5 read/)
  })
})
