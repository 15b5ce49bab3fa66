import { describe, expect, test } from 'vitest'
import { removeAccount } from '../../src/accounts/lifecycle.ts'
import { postingsOf } from '../../src/search/listing.ts'
import { changeFacts } from '../../src/search/userDirectory.ts'
import { sweep } from '../../src/session/sweeper.ts'
import type { Table } from '../../src/store/table.ts'
import { client, type Stage, stage } from '../messaging/stage.ts'
import { type Call, Crash, createFaults, type FaultKind } from '../support/faultTable.ts'
import { justBefore } from '../support/justBefore.ts'
import { found, listed, postings, search } from './stage.ts'

// The index is what the entries say, whatever call has died on the way.

const changing = (at: Stage, plan: (call: Call) => FaultKind | undefined) =>
  at.village.with({ table: createFaults({ table: at.table, now: at.village.now, plan }).invocation() })

const dies = (number: number, kind: FaultKind) => (call: Call) => (call.number === number ? kind : undefined)

/** The sweeper comes by when nothing of then can be running any more. */
async function sweeperRuns({ village }: Stage): Promise<void> {
  village.clock.advance(21_000)
  await sweep(village, village.now() + 45_000)
}

const keysOf = (items: readonly { pk: string; text?: unknown }[]) => items.map(({ pk, text }) => `${pk} ${text}`).sort()

const expected = (texts: Readonly<Record<string, string>>) =>
  [...postingsOf(texts).values()].map(({ element, gram, text }) => `find#user#${element}#${gram} ${text}`).sort()

describe('a change that dies', () => {
  const before = { USER_ID: 'bob', USER_LAST_NAME: 'smith' }
  const after = { USER_ID: 'bob', USER_LAST_NAME: 'smythe' }

  test.each(['crashBefore', 'crashAfter'] as const)(
    'at any call (%s) is finished by the sweeper, or was never begun',
    async (kind) => {
      for (let number = 1; ; number++) {
        const at = await stage([])
        const bob = await listed(at.village, 'bob', { lastName: 'Smith' })
        const act = changeFacts(changing(at, dies(number, kind)), bob, { lastName: 'Smythe' })
        const died = await act.then(
          () => false,
          (error) => error instanceof Crash,
        )
        await sweeperRuns(at)
        const now = keysOf(postings(at.table))
        const isDone = now.includes('find#user#USER_LAST_NAME#*smy smythe')
        expect(now).toEqual(expected(isDone ? after : before))
        expect(
          at.table.items().filter(({ sk, sweepAt }) => sk === 'presence#directory' && sweepAt !== undefined),
        ).toEqual([])
        if (!died) return expect(isDone).toBe(true)
      }
    },
  )

  test('and is followed by another leaves nothing behind', async () => {
    for (let number = 1; number < 20; number++) {
      const at = await stage([])
      const bob = await listed(at.village, 'bob', { lastName: 'Smith' })
      await changeFacts(changing(at, dies(number, 'crashAfter')), bob, { lastName: 'Smythe' }).catch(() => {})
      await changeFacts(at.village, bob, { lastName: 'Smith' })
      expect(keysOf(postings(at.table))).toEqual(expected(before))
    }
  })
})

test('an answer that is lost changes nothing', async () => {
  for (let number = 1; number < 8; number++) {
    const at = await stage([])
    const bob = await listed(at.village, 'bob', { lastName: 'Smith' })
    await changeFacts(changing(at, dies(number, 'repeated')), bob, { lastName: 'Smythe' })
    expect(keysOf(postings(at.table))).toEqual(expected({ USER_ID: 'bob', USER_LAST_NAME: 'smythe' }))
  }
})

test('a change that says nothing new writes no posting', async () => {
  const at = await stage([])
  const bob = await listed(at.village, 'bob', { lastName: 'Smith' })
  const calls: string[] = []
  at.table.observe((operation) => calls.push(`${operation.call} ${'key' in operation ? operation.key.pk : ''}`))
  await changeFacts(at.village, bob, { lastName: 'Smith', email: 'bob@example.org' })
  expect(calls.filter((one) => one.includes('USER_LAST_NAME'))).toEqual([])
  calls.length = 0
  await changeFacts(at.village, bob, { email: 'bob@example.org' })
  expect(calls.filter((one) => one.startsWith('put'))).toEqual([])
})

test('nothing of a removed account is left in the index', async () => {
  const at = await stage([])
  const bob = await listed(at.village, 'bob', { lastName: 'Smith', mobile: '+358 40 1234567' })
  expect(postings(at.table).length).toBeGreaterThan(10)
  await removeAccount(at.village, bob)
  expect(postings(at.table)).toEqual([])
})

test('a posting that nothing stands behind finds nobody', async () => {
  const at = await stage(['ann'])
  const bob = await listed(at.village, 'bob', { lastName: 'Smith' })
  const ann = await client(at, 'ann')
  const old = postings(at.table)
  await changeFacts(at.village, bob, { lastName: undefined })
  for (const item of old) await at.table.put(item)
  expect(found(await search(ann, { USER_LAST_NAME: 'smith' }))).toEqual([])
  await removeAccount(at.village, bob)
  for (const item of old) await at.table.put(item)
  expect(found(await search(ann, { USER_ID: 'bob' }))).toEqual([])
})

test('an Alias whose call died after it was published is found once the sweeper has come by', async () => {
  const at = await stage(['ann'])
  await listed(at.village, 'bob')
  const ann = await client(at, 'ann')
  const bob = await client(at, 'bob')
  await bob.request('CreateAttributeList-Request', { PresenceSubList: { Alias: '' }, DefaultList: true })
  const table = createFaults({
    table: at.table,
    now: at.village.now,
    plan: ({ call, of }) => (call === 'put' && of.startsWith('find#') ? 'crashBefore' : undefined),
  }).invocation()
  bob.village = at.village.with({ table })
  const alias = { PresenceSubList: { Alias: { Qualifier: 'T', PresenceValue: 'Bobby' } } }
  expect((await bob.request('UpdatePresence-Request', alias)).code).toBe(500)
  expect(found(await search(ann, { USER_ALIAS: 'bobby' }))).toEqual([])
  await sweeperRuns(at)
  expect(found(await search(ann, { USER_ALIAS: 'bobby' }))).toEqual(['wv:bob'])
})

test('an Alias that was about to change and never did leaves the sweeper nothing to do', async () => {
  const at = await stage([])
  const bob = await listed(at.village, 'bob')
  await at.village.store.directory.expectAlias(bob.accountId, at.village.now())
  const before = keysOf(postings(at.table))
  await sweeperRuns(at)
  expect(keysOf(postings(at.table))).toEqual(before)
  expect(at.table.items().filter(({ sweepAt }) => sweepAt !== undefined)).toEqual([])
})

test('a change that is done takes away no mark that another has made meanwhile', async () => {
  const at = await stage([])
  const bob = await listed(at.village, 'bob')
  const isSettling = (call: keyof Table, key: object) =>
    call === 'update' && 'sk' in key && key.sk === 'presence#directory'
  const table = justBefore(at.table, isSettling, () =>
    at.village.store.directory.expectAlias(bob.accountId, at.village.now()),
  )
  await changeFacts(at.village.with({ table }), bob, { lastName: 'Smith' })
  expect(at.table.items().filter(({ sweepAt }) => sweepAt !== undefined)).toHaveLength(1)
  await sweeperRuns(at)
  expect(keysOf(postings(at.table))).toEqual(expected({ USER_ID: 'bob', USER_LAST_NAME: 'smith' }))
})

test('of two changes at the same time both are found', async () => {
  const at = await stage([])
  const bob = await listed(at.village, 'bob')
  for (const call of ['put', 'update'] as const) {
    const isEntry = (one: keyof Table, key: object) => one === call && 'sk' in key && key.sk === 'presence#directory'
    const table = justBefore(at.table, isEntry, () => changeFacts(at.village, bob, { firstName: `Bob by ${call}` }))
    await changeFacts(at.village.with({ table }), bob, { lastName: `Smith by ${call}` })
    const texts = { USER_ID: 'bob', USER_FIRST_NAME: `bob by ${call}`, USER_LAST_NAME: `smith by ${call}` }
    expect(keysOf(postings(at.table))).toEqual(expected(texts))
  }
})
