import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { phase, type Session } from '../../src/session/session.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { idOfSession } from '../../src/store/keys.ts'
import { createFaults } from '../support/faultTable.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { createChooser } from '../support/random.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'
import { stories } from './rates.ts'

const acts = [
  'login',
  'restore first',
  'restore second',
  'logout first',
  'poll first',
  'keepAlive first',
  'negotiate first',
] as const
type Act = (typeof acts)[number]

/**
 * Two sessions of one client, the second in place of the first; then two or three requests at the same time, their calls
 * to the table interleaved at random, some reads stale.
 */
async function interleave(seed: number, together: readonly Act[]): Promise<void> {
  const table = createMemoryTable()
  const village = createTestVillage({ table, seed: String(seed) })
  await addCheapAccount(village, 'ann', 'pw')
  const ids = [await new Phone(village).login(), await new Phone(village).login()].map(
    (reply) => reply.primitive!.textOf('SessionID')!,
  )
  const [first, second] = ids as [string, string]
  if (seed % 2 === 0) await new Phone(village).login({ sessionId: first })
  village.clock.advance(5000)
  const faults = createFaults({
    table,
    now: village.now,
    choose: createChooser(seed),
    rates: { pause: 0.7, stale: 0.3 },
  })
  const phone = () => new Phone(village.with({ table: faults.invocation() }))
  const within = (id: string) => Object.assign(phone(), { sessionId: id })
  const run: Record<Act, () => ReturnType<Phone['poll']>> = {
    login: () => phone().login(),
    'restore first': () => phone().login({ sessionId: first }),
    'restore second': () => phone().login({ sessionId: second }),
    'logout first': () => within(first).request('Logout-Request'),
    'poll first': () => within(first).poll(),
    'keepAlive first': () => within(first).request('KeepAlive-Request'),
    'negotiate first': () =>
      within(first).request('ClientCapability-Request', { CapabilityList: { ServerPollMin: 60 } }),
  }
  const replies = await Promise.all(together.map((act) => run[act]()))
  const story = together
    .map((act, index) => `${act} → ${replies[index]!.name} ${replies[index]!.code ?? ''}`)
    .join(', ')

  for (const [index, act] of together.entries()) {
    const { code } = replies[index]!
    const mayFail = act.endsWith('first') && !act.startsWith('restore')
    // A login or restore that is overtaken has still been served; only a contest that never ends may be put off.
    expect(mayFail ? [200, 604, undefined] : [200, 503], story).toContain(code)
  }
  village.clock.advance(25_000)
  for (let round = 0; round < 2; round++) await sweep(village, village.now() + 1000)
  const sessions = table
    .items()
    .filter(({ sk }) => sk === 'hot')
    .map((item) => ({ ...(item as unknown as Session), id: idOfSession(item.pk) }))
  const live = sessions.filter((session) => phase(village.now(), session) === 'live')
  expect(live.length, `one live session per user and ClientID (R16) after ${story}`).toBeLessThanOrEqual(1)
  expect(
    sessions.filter(({ state }) => state === 'ending'),
    story,
  ).toEqual([])
  // Every session that was ever answered can be had back.
  for (const id of ids) expect((await new Phone(village).login({ sessionId: id })).code, story).toBe(200)
}

test('requests at the same time leave one live session, and every session resumable', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(fc.constantFrom(...acts), { minLength: 2, maxLength: 3 }), interleave),
    stories(1500),
  )
})

test('of polls at the same time each server transaction is brought by one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 4 }), async (seed, count) => {
      const table = createMemoryTable()
      const village = createTestVillage({ table, seed: String(seed) })
      await addCheapAccount(village, 'ann', 'pw')
      const phone = new Phone(village)
      await phone.login()
      const { session } = (await village.store.sessions.read(phone.sessionId!))!
      for (const text of ['one', 'two'])
        await openServerTransaction(village, session, 'SystemMessage', { id: text, text, at: village.now() })
      const faults = createFaults({
        table,
        now: village.now,
        choose: createChooser(seed),
        rates: { pause: 0.7, stale: 0.3 },
      })
      const polls = Array.from({ length: count }, () =>
        Object.assign(new Phone(village.with({ table: faults.invocation() })), { sessionId: phone.sessionId }).poll(),
      )
      const brought = (await Promise.all(polls)).flatMap(({ name, text }) =>
        name === 'nothing' ? [] : [/<ContentData>(.*?)</.exec(text)![1]],
      )
      expect(brought).toEqual([...new Set(brought)])
    }),
    stories(500),
  )
})
