import { createHash } from 'node:crypto'
import type { Key } from './table.ts'

/**
 * The layout of the one table. Partition and sort key of every kind of item:
 *
 *     session#<SessionID>   cold                 what a restore needs and a poll does not
 *                           hot                  the session itself (see session/session.ts)
 *                           queue#<TransactionID> a server transaction that waits, or waits for its acknowledgement
 *     account#<user>        account              name, password, status
 *                           client#<hash>        the session that a client (ClientID) of the user has now
 *                           failures             wrong passwords of late, and the lock they led to
 *                           nonce#<hash>         an open 4-way challenge
 *                           session#<SessionID>  every session of the user, to find them at removal
 *     removal#<accountId>   <user>               an account whose removal may have missed a login
 *
 * `cold` sorts before `hot` and the queue after it, so one Query from `hot` on reads what a poll needs and no more.
 * Likewise `account` … `failures` is what a login needs.
 */
export const sweepIndex = 'sweep'

/** Partitions of the sweeper's index. */
export const sweepShards: readonly string[] = Array.from({ length: 8 }, (_, shard) => `sweep#${shard}`)

export const hotSk = 'hot'
export const coldSk = 'cold'
export const queueSkPrefix = 'queue#'

const hash = (...parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)

export const sessionPk = (id: string): string => `session#${id}`
export const hotKey = (id: string): Key => ({ pk: sessionPk(id), sk: hotSk })
export const coldKey = (id: string): Key => ({ pk: sessionPk(id), sk: coldSk })
export const queueKey = (id: string, transactionId: number): Key => ({
  pk: sessionPk(id),
  sk: queueSkPrefix + String(transactionId).padStart(3, '0'),
})

export const accountPk = (user: string): string => `account#${user}`
export const accountKey = (user: string): Key => ({ pk: accountPk(user), sk: 'account' })
export const failuresKey = (user: string): Key => ({ pk: accountPk(user), sk: 'failures' })
/** A ClientID may be long and hold anything, so its hash is the key. */
export const clientKey = (user: string, client: string | undefined): Key => ({
  pk: accountPk(user),
  sk: `client#${client === undefined ? 'none' : hash(client)}`,
})
export const nonceKey = (user: string, client: string | undefined, cookie: string | undefined): Key => ({
  pk: accountPk(user),
  sk: `nonce#${hash(client ?? '', cookie ?? '')}`,
})
export const accountSessionKey = (user: string, id: string): Key => ({ pk: accountPk(user), sk: `session#${id}` })

export const removalKey = (user: string, accountId: string): Key => ({ pk: `removal#${accountId}`, sk: user })

export const idOfSession = (pk: string): string => pk.slice('session#'.length)
export const userOfAccount = (pk: string): string => pk.slice('account#'.length)
export const accountIdOfRemoval = (pk: string): string => pk.slice('removal#'.length)

/** The shard of an item in the sweeper's index. */
export const sweepShardOf = (pk: string): string =>
  sweepShards[createHash('sha256').update(pk).digest()[0]! % sweepShards.length]!
