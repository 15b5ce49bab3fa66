import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  accessKey,
  accountIdOfRemoval,
  accountIdOfUser,
  accountKey,
  accountPk,
  accountSessionKey,
  allWatchers,
  autoSubscriptionKey,
  clientKey,
  coldKey,
  failuresKey,
  followerKey,
  hotKey,
  idOfSession,
  jobIdOf,
  jobKey,
  nonceKey,
  pastKey,
  presenceKey,
  questionKey,
  queueKey,
  relationKey,
  removalKey,
  sessionPk,
  slotKey,
  subscriptionKey,
  sweepShardOf,
  sweepShards,
  userOfAccount,
  watcherKey,
  within,
} from '../../src/store/keys.ts'
import { createMemoryTable } from '../support/memoryTable.ts'

const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })

/** What a Query finds in the order of DynamoDB. */
async function sorted(keys: readonly { pk: string; sk: string }[]) {
  const table = createMemoryTable()
  for (const key of keys) await table.put(key)
  return (range: { from?: string; to?: string } = {}) =>
    table.query({ pk: keys[0]!.pk, consistent: true, ...range }).then((items) => items.map(({ sk }) => sk))
}

const queue = [1, 2, 9, 10, 99, 100, 998, 999].map((number) => queueKey('s', number))

describe('the partition of a session', () => {
  test('is in the order cold, hot, queue by TransactionID', async () => {
    const keys = [...queue].reverse().concat(hotKey('s'), coldKey('s'))
    const query = await sorted(keys)
    expect(await query()).toEqual([coldKey('s'), hotKey('s'), ...queue].map(({ sk }) => sk))
  })

  test('lets a poll read all from hot on, and a restore from cold to hot', async () => {
    const query = await sorted([hotKey('s'), coldKey('s'), ...queue])
    expect(await query({ from: hotKey('s').sk })).toEqual(['hot', ...queue.map(({ sk }) => sk)])
    expect(await query({ from: coldKey('s').sk, to: hotKey('s').sk })).toEqual(['cold', 'hot'])
  })
})

/** Names of users, full of what separates the parts of a key and of what sorts after everything else in ASCII. */
const user = fc.string({ unit: fc.constantFrom('a', '#', '~', '!', '\u007d'), minLength: 1, maxLength: 6 })

describe('the partition of a session that watches others', () => {
  test('has what it watches between the cold part and itself, and news behind the queue, whatever the users are called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(user, { minLength: 1, maxLength: 5 }), async (users) => {
        const watching = [
          ...users.map((one) => autoSubscriptionKey('s', one)),
          ...users.map((one) => subscriptionKey('s', one)),
        ]
        const slots = users.map((one) => slotKey('s', one))
        const query = await sorted([...slots, ...queue, hotKey('s'), ...watching, coldKey('s')])
        const set = (sks: readonly string[]) => new Set(sks)
        const all = await query()
        expect(all).toHaveLength(2 + queue.length + 3 * users.length)
        expect(await query({ from: 'hot' })).toEqual(all.slice(1 + watching.length))
        expect(await query({ from: 'cold', to: 'hot' })).toEqual(all.slice(0, 2 + watching.length))
        expect(set(all.slice(1, 1 + watching.length))).toEqual(set(watching.map(({ sk }) => sk)))
        expect(set(all.slice(-slots.length))).toEqual(set(slots.map(({ sk }) => sk)))
      }),
      { numRuns: 50 },
    )
  })
})

describe('the partition of what a user owns', () => {
  test('gives each Query its own kind of items, all of them and no others, whatever the users are called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(user, { minLength: 1, maxLength: 5 }), async (users) => {
        const kinds = [relationKey, questionKey, pastKey, jobKey].map((key) => ({
          range: within(key('u'), true),
          keys: users.map((one) => key('u', one)),
        }))
        const watchers = users.flatMap((one) => [watcherKey('u', one, 's1'), watcherKey('u', one, 's2')])
        const followers = users.map((one) => followerKey('u', 'list', one))
        const presence = [presenceKey('u'), accessKey('u')]
        kinds.push({ range: within(allWatchers('u'), true), keys: watchers })
        kinds.push({ range: within(followerKey('u', 'list'), true), keys: followers })
        kinds.push({
          range: { pk: presence[0]!.pk, from: presence[0]!.sk, to: presence[1]!.sk, consistent: true },
          keys: presence,
        })
        const all = kinds.flatMap(({ keys }) => keys)
        const query = await sorted([...all, followerKey('u', 'list2', 's')])
        expect(new Set(all.map(({ sk }) => sk)).size).toBe(all.length)
        for (const { range, keys } of kinds)
          expect(await query(range)).toEqual(keys.map(({ sk }) => sk).sort((a, b) => (a < b ? -1 : 1)))
      }),
      { numRuns: 100 },
    )
  })

  test('finds the sessions of a watcher by its name, among those of others whose names begin alike', async () => {
    await fc.assert(
      fc.asyncProperty(user, user, async (one, other) => {
        const query = await sorted([watcherKey('u', one, 's'), watcherKey('u', other, 's')])
        expect(await query(within(watcherKey('u', one), true))).toContain(watcherKey('u', one, 's').sk)
      }),
    )
  })
})

describe('the partition of an account', () => {
  test('is in the order account, clients, failures, nonces, sessions', async () => {
    await fc.assert(
      fc.asyncProperty(id, id, id, async (client, cookie, session) => {
        const keys = [
          accountKey('ann'),
          clientKey('ann', client),
          failuresKey('ann'),
          nonceKey('ann', client, cookie),
          accountSessionKey('ann', session),
        ]
        const query = await sorted([...keys].reverse())
        expect(await query()).toEqual(keys.map(({ sk }) => sk))
        expect(await query({ from: 'account', to: 'failures' })).toEqual(keys.slice(0, 3).map(({ sk }) => sk))
      }),
      { numRuns: 50 },
    )
  })

  test('has a key of its own for every client, for none, and for every challenge', () => {
    const clients = [undefined, '', 'none', 'a', 'A', 'a ']
    expect(new Set(clients.map((client) => clientKey('ann', client).sk)).size).toBe(clients.length)
    const nonces = [nonceKey('ann', 'a', 'bc'), nonceKey('ann', 'ab', 'c'), nonceKey('ann', 'a', undefined)]
    expect(new Set(nonces.map(({ sk }) => sk)).size).toBe(nonces.length)
    expect(clientKey('ann', 'a').pk).not.toBe(clientKey('bob', 'a').pk)
  })

  test('has keys within the limits of DynamoDB, whatever the ClientID', () => {
    expect(Buffer.byteLength(clientKey('ann', '€'.repeat(5000)).sk)).toBeLessThan(100)
    expect(Buffer.byteLength(nonceKey('ann', '€'.repeat(5000), '€'.repeat(5000)).sk)).toBeLessThan(100)
  })
})

test('keys give back what they were made of', () => {
  fc.assert(
    fc.property(id, (id) => {
      expect(idOfSession(sessionPk(id))).toBe(id)
      expect(idOfSession(accountSessionKey('ann', id).sk)).toBe(id)
      expect(userOfAccount(accountPk(id))).toBe(id)
      expect(accountIdOfRemoval(removalKey('ann', id).pk)).toBe(id)
      expect(accountIdOfUser(presenceKey(id).pk)).toBe(id)
      expect(jobIdOf(jobKey('u', id).sk)).toBe(id)
    }),
  )
})

test('items spread evenly over the shards of the sweeper', () => {
  const counts = new Map(sweepShards.map((shard) => [shard, 0]))
  for (let n = 0; n < 4000; n++) {
    const shard = sweepShardOf(sessionPk(`session ${n}`))
    counts.set(shard, counts.get(shard)! + 1)
  }
  expect(counts.size).toBe(8)
  expect(sweepShardOf(sessionPk('a'))).toBe(sweepShardOf(sessionPk('a')))
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(120)
})
