import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  accountIdOfRemoval,
  accountKey,
  accountPk,
  accountSessionKey,
  clientKey,
  coldKey,
  failuresKey,
  hotKey,
  idOfSession,
  nonceKey,
  queueKey,
  removalKey,
  sessionPk,
  sweepShardOf,
  sweepShards,
  userOfAccount,
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

describe('the partition of a session', () => {
  const queue = [1, 2, 9, 10, 99, 100, 998, 999].map((number) => queueKey('s', number))

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
