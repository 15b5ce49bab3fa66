import { beforeEach, expect, test } from 'vitest'
import { createStore, type Store } from '../../src/store/store.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

const now = 1_000_000_000
const message = { source: '192.0.2.1', header: 'WV12UP7', last: 2 }

onBothTables((table) => {
  let store: Store
  beforeEach(() => {
    store = createStore(table(), createRandomBytes('segments'))
  })

  const add = (index: number, slice: string, at = now, of = message) => store.segments.add(of, { index, slice }, at, 60)

  test('what has come is there, in any order, and twice counts once', async () => {
    expect(await add(2, 'c')).toEqual({ slices: [undefined, undefined, 'c'], isMixed: false })
    expect(await add(0, 'a')).toEqual({ slices: ['a', undefined, 'c'], isMixed: false })
    expect(await add(0, 'a')).toEqual({ slices: ['a', undefined, 'c'], isMixed: false })
    expect(await add(1, '')).toEqual({ slices: ['a', '', 'c'], isMixed: false })
  })

  test('other addresses, headers and numbers of segments are other messages', async () => {
    await add(0, 'a')
    for (const other of [
      { ...message, source: '192.0.2.2' },
      { ...message, header: 'WV12UP8' },
      { ...message, last: 1 },
    ])
      expect((await add(1, 'b', now, other)).slices[0]).toBeUndefined()
  })

  test('two messages under one header spoil each other, until their time is over', async () => {
    await add(0, 'a')
    expect((await add(0, 'A')).isMixed).toBe(true)
    expect((await add(1, 'b')).isMixed).toBe(true)
    expect((await add(2, 'c', now + 59_000)).isMixed).toBe(true)
    // Those who try again do not prolong it.
    expect(await add(0, 'A', now + 60_000)).toEqual({ slices: ['A', undefined, undefined], isMixed: false })
  })

  test('what is past its time is gone, deleted or not (R9)', async () => {
    await add(0, 'a')
    expect(await add(1, 'b', now + 60_000)).toEqual({ slices: [undefined, 'b', undefined], isMixed: false })
  })

  test('a message is taken once', async () => {
    await add(0, 'a')
    expect([await store.segments.take(message), await store.segments.take(message)]).toEqual([true, false])
    expect((await add(1, 'b')).slices).toEqual([undefined, 'b', undefined])
  })
})
