import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deleteExpired } from '../../local/expiry.ts'
import { startTimer } from '../../local/timer.ts'
import type { Item, Table } from '../../src/store/table.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'
import { Stacks } from './stacks.ts'

const stacks = new Stacks()
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(async () => {
  vi.useRealTimers()
  await stacks.clear()
})

const item = (pk: string, expiresAt?: number): Item => ({ pk, sk: 'x', ...(expiresAt !== undefined && { expiresAt }) })

async function keysOf(table: Table): Promise<string[]> {
  const keys: string[] = []
  for await (const { pk } of table.scan()) keys.push(pk)
  return keys.sort()
}

test('TTL: what has expired is deleted, to the second; what has no expiry stays (R9)', async () => {
  const table = createMemoryTable()
  for (const one of [item('past', 99), item('now', 100), item('ahead', 101), item('ever')]) await table.put(one)
  expect(await deleteExpired(table, 100_000)).toBe(2)
  expect(await keysOf(table)).toEqual(['ahead', 'ever'])
})

test('TTL: an item that was renewed after it was looked at stays', async () => {
  const table = createMemoryTable()
  await table.put(item('renewed', 100))
  const slow: Table = {
    ...table,
    scan: async function* () {
      for await (const one of table.scan()) {
        await table.put(item('renewed', 1000))
        yield one
      }
    },
    delete: (key, condition) => table.delete(key, condition),
  }
  expect(await deleteExpired(slow, 100_000)).toBe(0)
  expect(await keysOf(table)).toEqual(['renewed'])
})

test('Every minute a sweep ends what ran out, and what is past its window is deleted', async () => {
  const table = createMemoryTable()
  const village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  const phone = new Phone(village)
  await phone.login({ timeToLive: 60 })
  const timer = startTimer(village, table)

  village.clock.advance(72_000)
  vi.advanceTimersByTime(60_000)
  await timer.run()
  expect((await village.store.sessions.read(phone.sessionId!))?.session).toMatchObject({
    state: 'ended',
    endReason: 'expired',
  })

  village.clock.advance(301_000)
  vi.advanceTimersByTime(60_000)
  await timer.run()
  expect(await village.store.sessions.read(phone.sessionId!)).toBeUndefined()
  await timer.stop()
})

test('A run that fails is told, and the next one comes all the same', async () => {
  const village = createTestVillage()
  const table = createMemoryTable()
  let scans = 0
  const broken: Table = {
    ...table,
    scan: () => {
      scans++
      throw new Error('no table')
    },
  }
  const timer = startTimer(village, broken)
  await timer.run()
  await timer.run()
  expect(scans).toBe(2)
  expect(village.lines.map(({ event }) => event)).toEqual(['the minute timer failed', 'the minute timer failed'])
  await timer.stop()
  vi.advanceTimersByTime(120_000)
  expect(scans).toBe(2)
})

test('In a stack, too, an ended session is deleted when its window is over', async () => {
  let now = Date.now()
  const stack = await stacks.start(
    undefined,
    {},
    { now: () => now, log: { ...console, metric: () => {}, info: () => {} } },
  )
  await addCheapAccount(stack.village, 'ann', 'pw')
  const phone = new Phone(stack.village)
  await phone.login({ timeToLive: 60 })
  await phone.request('Logout-Request')
  const id = phone.sessionId!
  now += 299_000
  await stack.timer.run()
  expect((await stack.village.store.sessions.read(id))?.session.state).toBe('ended')
  now += 2000
  await stack.timer.run()
  expect(await stack.village.store.sessions.read(id)).toBeUndefined()
})
