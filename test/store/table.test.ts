import { describe, expect, test } from 'vitest'
import { attribute, ConditionFailed, type Item, type Value } from '../../src/store/table.ts'
import { onBothTables } from './onBothTables.ts'

const key = { pk: 'session#1', sk: 'hot' }

const refused = (call: Promise<unknown>, words: RegExp) =>
  expect(call).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringMatching(words) })

onBothTables((table) => {
  const put = (sk: string, rest: Record<string, Value> = {}) => table().put({ pk: 'p', sk, ...rest })

  describe('what is stored', () => {
    test('comes back as it was, whatever it is', async () => {
      const item: Item = {
        ...key,
        text: 'grüße 你好 😀',
        empty: '',
        number: 1767268800.25,
        negative: -3,
        yes: true,
        no: false,
        bytes: new Uint8Array([0, 255, 128]),
        list: ['a', 1, [true], { in: 'side' }],
        map: { a: { b: { c: 1 } }, empty: {} },
      }
      await table().put(item)
      expect(await table().get(key, true)).toEqual(item)
    })

    test('leaves out members that are undefined', async () => {
      const map = { inner: undefined, kept: 1 } as unknown as Value
      await table().put({ ...key, gone: undefined as unknown as Value, map })
      const stored = await table().get(key, true)
      expect(Object.keys(stored!).sort()).toEqual(['map', 'pk', 'sk'])
      expect(Object.keys(stored!.map!)).toEqual(['kept'])
    })

    test('shares nothing with what was put or set, nor with what was got', async () => {
      const set = { set: { n: 1 } }
      await table().update({ pk: 'p', sk: 'set' }, { set })
      set.set.n = 2
      expect(await table().get({ pk: 'p', sk: 'set' }, true)).toMatchObject({ set: { n: 1 } })
      const map = { deep: { number: 1 } }
      const bytes = new Uint8Array([1])
      await table().put({ ...key, map, bytes })
      map.deep.number = 2
      bytes[0] = 2
      const got = (await table().get(key, true)) as unknown as { map: typeof map; bytes: Uint8Array }
      got.map.deep.number = 3
      got.bytes[0] = 3
      expect(await table().get(key, true)).toEqual({ ...key, map: { deep: { number: 1 } }, bytes: new Uint8Array([1]) })
    })

    test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53 + 2, new Date(0)])(
      'is refused when it is no value: %s',
      async (value) => {
        await expect(table().put({ ...key, value: value as unknown as Value })).rejects.toThrow()
        expect(await table().get(key, true)).toBeUndefined()
      },
    )

    test('needs keys that are not empty', async () => {
      await refused(table().put({ pk: 'p', sk: '' }), /empty/)
      await refused(table().get({ pk: '', sk: 's' }, true), /empty/)
    })
  })

  describe('put', () => {
    test('returns what it replaced, all of it', async () => {
      expect(await table().put({ ...key, a: 1, b: 2 })).toBeUndefined()
      expect(await table().put({ ...key, a: 3 })).toEqual({ ...key, a: 1, b: 2 })
      expect(await table().get(key, true)).toEqual({ ...key, a: 3 })
    })

    test('changes nothing when its condition fails', async () => {
      await table().put({ ...key, a: 1 }, [attribute('pk').isMissing])
      await expect(table().put({ ...key, a: 2 }, [attribute('pk').isMissing])).rejects.toBeInstanceOf(ConditionFailed)
      expect(await table().get(key, true)).toEqual({ ...key, a: 1 })
    })
  })

  describe('delete', () => {
    test('returns what was there', async () => {
      await table().put({ ...key, a: 1 })
      expect(await table().delete(key)).toEqual({ ...key, a: 1 })
      expect(await table().delete(key)).toBeUndefined()
      expect(await table().get(key, true)).toBeUndefined()
    })

    test('leaves the item when its condition fails, and fails on no item where the condition needs one', async () => {
      await expect(table().delete(key, [attribute('a').is(1)])).rejects.toBeInstanceOf(ConditionFailed)
      await table().put({ ...key, a: 2 })
      await expect(table().delete(key, [attribute('a').is(1)])).rejects.toBeInstanceOf(ConditionFailed)
      expect(await table().get(key, true)).toEqual({ ...key, a: 2 })
    })
  })

  describe('update', () => {
    test('creates the item when there is none, and returns all of the new one', async () => {
      expect(await table().update(key, { set: { a: 1 } })).toEqual({ ...key, a: 1 })
      expect(await table().update(key, { set: { b: 2 }, remove: ['a'] })).toEqual({ ...key, b: 2 })
      expect(await table().get(key, true)).toEqual({ ...key, b: 2 })
    })

    test('of nothing creates the bare item', async () => {
      expect(await table().update(key, {})).toEqual(key)
      expect(await table().get(key, true)).toEqual(key)
    })

    test('removes what is set to undefined, and does not mind when it is not there', async () => {
      await table().put({ ...key, a: 1, b: 2 })
      expect(await table().update(key, { set: { a: undefined, c: undefined }, remove: ['d'] })).toEqual({
        ...key,
        b: 2,
      })
    })

    test('adds to what the item holds, not to what the caller remembers', async () => {
      await table().put({ ...key, liveSpan: 90, count: 1 })
      const change = {
        set: { liveSpan: 500 },
        sum: { liveUntil: { attribute: 'liveSpan', plus: 1000 }, count: { attribute: 'count', plus: -3 } },
      }
      expect(await table().update(key, change)).toEqual({ ...key, liveSpan: 500, liveUntil: 1090, count: -2 })
    })

    test('sets what is missing, and leaves what is there', async () => {
      const change = { set: { stamp: 'b' }, ifMissing: { since: 4, at: 1000, empty: 'full', 'map.n': 1, 'map.m': 2 } }
      await table().put({ ...key, stamp: 'a', since: 2, empty: '', map: { n: 0 } })
      const all = { ...key, stamp: 'b', since: 2, at: 1000, empty: '', map: { n: 0, m: 2 } }
      expect(await table().update(key, change)).toEqual(all)
      expect(await table().update(key, { ifMissing: { since: 9, at: 9 } })).toEqual(all)
      expect(await table().get(key, true)).toEqual(all)
    })

    test('sets what is missing where there is no item at all', async () => {
      expect(await table().update(key, { ifMissing: { since: 4 } })).toEqual({ ...key, since: 4 })
    })

    test('looks for what is missing in the item as it was', async () => {
      await table().put({ ...key, a: 1 })
      const change = { remove: ['a'], ifMissing: { b: 2 }, sum: { c: { attribute: 'a', plus: 1 } } }
      expect(await table().update(key, change)).toEqual({ ...key, b: 2, c: 2 })
    })

    test('sets nothing missing on a path that is changed besides, in a key, or in what is no map', async () => {
      await table().put({ ...key, text: 'a' })
      await refused(table().update(key, { set: { a: 1 }, ifMissing: { a: 2 } }), /overlap/)
      await refused(table().update(key, { remove: ['a'], ifMissing: { 'a.b': 2 } }), /overlap/)
      await refused(table().update(key, { ifMissing: { sk: 'other' } }), /part of the key/)
      await refused(table().update(key, { ifMissing: { 'text.n': 1 } }), /path .* invalid/)
      await refused(table().update(key, { ifMissing: { 'absent.n': 1 } }), /path .* invalid/)
      expect(await table().get(key, true)).toEqual({ ...key, text: 'a' })
    })

    test('goes into maps that exist, and nowhere else', async () => {
      await table().put({ ...key, inFlight: { '7': { tries: 1 }, '8': 1 }, text: 'a' })
      const next = await table().update(key, {
        set: { 'inFlight.9': { tries: 2 }, 'inFlight.7.tries': 5, 'inFlight.8': undefined },
      })
      expect(next.inFlight).toEqual({ '7': { tries: 5 }, '9': { tries: 2 } })
      await refused(table().update(key, { set: { 'absent.1': 1 } }), /path .* invalid/)
      await refused(table().update(key, { set: { 'text.1': 1 } }), /path .* invalid/)
      await refused(table().update(key, { remove: ['absent.1'] }), /path .* invalid/)
      await refused(table().update({ pk: 'p', sk: 'new' }, { set: { 'inFlight.1': 1 } }), /path .* invalid/)
      expect(await table().get({ pk: 'p', sk: 'new' }, true)).toBeUndefined()
    })

    test('computes everything from the item as it was', async () => {
      await table().put({ ...key, a: 1, b: 20 })
      const sum = { a: { attribute: 'b', plus: 1 }, b: { attribute: 'a', plus: 2 }, c: { attribute: 'a', plus: 3 } }
      expect(await table().update(key, { sum })).toEqual({ ...key, a: 21, b: 3, c: 4 })
    })

    test('that is refused half-way has changed nothing', async () => {
      await table().put({ ...key, map: { n: 1 } })
      await refused(table().update(key, { set: { 'map.n': 2, 'absent.n': 2 } }), /path .* invalid/)
      expect(await table().get(key, true)).toEqual({ ...key, map: { n: 1 } })
    })

    test('cannot add to what is missing or no number', async () => {
      await table().put({ ...key, text: 'a' })
      await refused(table().update(key, { sum: { a: { attribute: 'absent', plus: 1 } } }), /does not exist in the item/)
      await refused(table().update(key, { sum: { a: { attribute: 'text', plus: 1 } } }), /incorrect data type/)
    })

    test('cannot change a key, nor the same path twice', async () => {
      await refused(table().update(key, { set: { sk: 'other' } }), /part of the key/)
      await refused(table().update(key, { remove: ['pk'] }), /part of the key/)
      await refused(table().update(key, { set: { a: 1 }, remove: ['a'] }), /overlap/)
      await refused(table().update(key, { set: { a: {}, 'a.b': 1 } }), /overlap/)
    })

    test('says that the condition failed before it looks at the change', async () => {
      const change = { sum: { a: { attribute: 'absent', plus: 1 } } }
      await expect(table().update(key, change, [attribute('pk').isPresent])).rejects.toBeInstanceOf(ConditionFailed)
      expect(await table().get(key, true)).toBeUndefined()
    })
  })

  describe('query', () => {
    test('reads one partition in the order of UTF-8, both ends inclusive', async () => {
      const ordered = ['a', 'b', 'b#1', 'c', 'z', '{', 'é', '\uffff', '😀']
      for (const sk of [...ordered].reverse()) await put(sk)
      await table().put({ pk: 'q', sk: 'b' })
      const sks = async (range: { from?: string; to?: string } = {}) =>
        (await table().query({ pk: 'p', consistent: true, ...range })).map(({ sk }) => sk)
      expect(await sks()).toEqual(ordered)
      expect(await sks({ from: 'b', to: 'c' })).toEqual(['b', 'b#1', 'c'])
      expect(await sks({ from: 'y' })).toEqual(['z', '{', 'é', '\uffff', '😀'])
      expect(await sks({ to: 'b' })).toEqual(['a', 'b'])
      expect(await sks({ from: '\uffff' })).toEqual(['\uffff', '😀'])
      expect(await sks({ from: 'd', to: 'e' })).toEqual([])
      await refused(sks({ from: 'e', to: 'd' }), /bound/)
    })

    test('reads a partition of many pages to its end', async () => {
      const text = 'x'.repeat(300_000)
      for (let n = 0; n < 8; n++) await put(`queue#00${n}`, { text })
      expect(await table().query({ pk: 'p', from: 'queue#001', consistent: true })).toHaveLength(7)
    })
  })

  describe('the index', () => {
    const due = async (until: number, limit = 100) => (await table().due('sweep#0', until, limit)).map(({ sk }) => sk)

    test('has what has both keys, oldest first, up to a moment and a number', async () => {
      await put('late', { sweepShard: 'sweep#0', sweepAt: 1000 })
      await put('early', { sweepShard: 'sweep#0', sweepAt: 9 })
      await put('middle', { sweepShard: 'sweep#0', sweepAt: 200 })
      await put('elsewhere', { sweepShard: 'sweep#1', sweepAt: 1 })
      await put('no shard', { sweepAt: 1 })
      await put('no time', { sweepShard: 'sweep#0' })
      expect(await table().due('sweep#0', 9, 100)).toEqual([{ pk: 'p', sk: 'early' }])
      expect(await due(8)).toEqual([])
      expect(await due(1000)).toEqual(['early', 'middle', 'late'])
      expect(await due(1000, 2)).toEqual(['early', 'middle'])
      expect(await due(999)).toEqual(['early', 'middle'])
      await refused(due(1000, 0), /limit/i)
    })

    test('follows the item', async () => {
      await put('a', { sweepShard: 'sweep#0', sweepAt: 5 })
      await put('b', { sweepShard: 'sweep#0', sweepAt: 6 })
      await table().update({ pk: 'p', sk: 'a' }, { set: { sweepAt: 7 } })
      expect(await due(10)).toEqual(['b', 'a'])
      await table().update({ pk: 'p', sk: 'b' }, { remove: ['sweepAt'] })
      expect(await due(10)).toEqual(['a'])
      await table().delete({ pk: 'p', sk: 'a' })
      expect(await due(10)).toEqual([])
    })

    test('has keys of one type each', async () => {
      await refused(put('a', { sweepShard: 1, sweepAt: 1 }), /type/i)
      await refused(put('a', { sweepShard: 'sweep#0', sweepAt: 'soon' }), /type/i)
      await refused(table().update(key, { set: { sweepAt: 'soon' } }), /type/i)
    })
  })

  test('scan finds every item', async () => {
    await put('a')
    await put('b')
    await table().put({ pk: 'q', sk: 'a' })
    const found: string[] = []
    for await (const { pk, sk } of table().scan()) found.push(pk + sk)
    expect(found.sort()).toEqual(['pa', 'pb', 'qa'])
  })

  test('an item of over 400 KB is refused', async () => {
    await refused(put('large', { text: 'x'.repeat(410_000) }), /size/i)
    await put('large', { text: 'x'.repeat(400_000) })
    await refused(table().update({ pk: 'p', sk: 'large' }, { set: { more: 'x'.repeat(10_000) } }), /size/i)
  })
})
