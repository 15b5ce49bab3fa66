import { beforeEach, expect, test } from 'vitest'
import { sweep } from '../../src/session/sweeper.ts'
import { sweepShards } from '../../src/store/keys.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

let table: MemoryTable
let village: TestVillage
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
})

const stateOf = async (phone: Phone) => (await village.store.sessions.read(phone.sessionId!))!.session.state

test('the sweeper ends what ran out, tells how late it was, and leaves the rest alone', async () => {
  const [short, long] = [new Phone(village, { client: 'short' }), new Phone(village, { client: 'long' })]
  await short.login({ timeToLive: 30 })
  await long.login({ timeToLive: 7200 })
  village.clock.advance(36_000 + 20_000)
  expect(await sweep(village, village.now() + 1000)).toEqual({ looked: 1, lag: 20 })
  expect([await stateOf(short), await stateOf(long)]).toEqual(['ended', 'live'])
})

test('a session that was heard of since is looked at again at its deadline', async () => {
  const phone = new Phone(village)
  await phone.login({ timeToLive: 30 })
  village.clock.advance(30_000)
  await phone.request('KeepAlive-Request')
  village.clock.advance(10_000)
  await sweep(village, village.now() + 1000)
  expect(await stateOf(phone)).toBe('live')
  village.clock.advance(26_000)
  await sweep(village, village.now() + 1000)
  expect(await stateOf(phone)).toBe('ended')
})

test('items of another release at the head of every shard hide nothing behind them', async () => {
  const phone = new Phone(village)
  await phone.login({ timeToLive: 30 })
  for (const shard of sweepShards) {
    for (let number = 0; number < 250; number++) {
      await table.put({ pk: `job#${shard}${number}`, sk: 'job', sweepShard: shard, sweepAt: number })
    }
  }
  village.clock.advance(36_000)
  await sweep(village, village.now() + 1000)
  expect(await stateOf(phone)).toBe('ended')
})

test('a run stops at its deadline and leaves the rest to the next', async () => {
  const phone = new Phone(village)
  await phone.login({ timeToLive: 30 })
  village.clock.advance(36_000)
  expect(await sweep(village, village.now())).toEqual({ looked: 0, lag: 0 })
  expect(await stateOf(phone)).toBe('live')
})
