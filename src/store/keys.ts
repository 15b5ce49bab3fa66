import { createHash } from 'node:crypto'
import type { Key, Range } from './table.ts'

/**
 * The layout of the one table. Partition and sort key of every kind of item:
 *
 *     session#<SessionID>   browse#<SearchID>    what a search has found, while it is paged through
 *                           cold                 what a restore needs and a poll does not
 *                           cold#auto#<list>     a contact list that the session follows (AutoSubscribe)
 *                           cold#subscription#<user>  a user whose presence the session watches
 *                           hot                  the session itself (see session/session.ts)
 *                           queue#<TransactionID> a server transaction that waits, or waits for its acknowledgement
 *                           slot#<user>          presence of that user that the session has yet to be told
 *     group#<key>           group                a group: its properties; the key is `<owner>/<name>`
 *     room#<id>             directory            what of the group stands in the index of searches
 *                           job#<id>             a group message whose bells are being rung
 *                           joined#<SessionID>   a session that is joined
 *                           log#<number>         what was said, and who came and went, in the order of the group
 *                           member#<user>        a member, with the privilege level
 *                           name#<hash>          who has a screen name
 *                           rejected#<user>      a user who may not join
 *     account#<user>        account              name, password, status
 *                           client#<hash>        the session that a client (ClientID) of the user has now
 *                           failures             wrong passwords of late, and the lock they led to
 *                           nonce#<hash>         an open 4-way challenge
 *                           session#<SessionID>  every session of the user, to find them at removal
 *     user#<accountId>      auto#<list>#<SessionID>  a session that follows the contact list (AutoSubscribe)
 *                           group#<key>          a group that the user has created; with `service` as the account, one of the service
 *                           inbox                the session that fetches the messages
 *                           inbox#<number>#<id>  a message for the user, or a delivery report, until it was acknowledged
 *                           invitation#<id>      an invitation of the user: whether it is open, or what became of it
 *                           invited#<hash>       what the user's request to invite has decided, by its InviteID
 *                           job#<id>             work on watchers that is under way, or was when its call died
 *                           own#<id of a group>  what the user has said of the group for himself (AutoJoin)
 *                           past#<user>          when that user last watched or read the presence
 *                           presence             the presence values
 *                           presence#access      contact lists, and who may see what
 *                           presence#directory   who the user is, and what of that stands in the index of searches
 *                           question#<user>      a user who waits to be authorised
 *                           relation#<user>      what the owner has said of that user: names, authorisation, blocking
 *                           watcher#<user>#<SessionID>  a session of that user that watches the presence
 *     find#user#<element>#<gram>  <user>#<accountId>  a user who may be found by that piece of a text
 *     find#group#<element>#<gram> <key>#<id>     a group
 *     removal#<accountId>   <user>               an account whose removal may have missed a login
 *     system#<id>           message              a message of the operator that is to be answered
 *                           to#<user>            a user whom it was sent to, and the answer
 *     sent#<hash>           sent                 a message that a session has sent: for when it is sent again
 *                           part#<number>        its content, where that is large
 *
 * `cold` sorts before `hot` and the queue after it, so one Query from `hot` on reads what a poll needs and no more.
 * Likewise `account` … `failures` is what a login needs, and `presence` … `presence#access` what a look at presence
 * needs, and up to `presence#directory` what a search does. What is paged through sorts before `cold`, so that neither a
 * poll nor a restore reads it. What a user owns is kept by the account's incarnation, so that a new account of the same name inherits nothing.
 */
export const sweepIndex = 'sweep'

/** Partitions of the sweeper's index. */
export const sweepShards: readonly string[] = Array.from({ length: 8 }, (_, shard) => `sweep#${shard}`)

export const hotSk = 'hot'
export const coldSk = 'cold'
export const queueSkPrefix = 'queue#'

export const hash = (...parts: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)

export const sessionPk = (id: string): string => `session#${id}`
export const hotKey = (id: string): Key => ({ pk: sessionPk(id), sk: hotSk })
export const coldKey = (id: string): Key => ({ pk: sessionPk(id), sk: coldSk })
export const queueKey = (id: string, transactionId: number): Key => ({
  pk: sessionPk(id),
  sk: queueSkPrefix + String(transactionId).padStart(3, '0'),
})

export const slotSkPrefix = 'slot#'
export const slotKey = (id: string, user: string): Key => ({ pk: sessionPk(id), sk: slotSkPrefix + user })
export const subscriptionSkPrefix = 'cold#subscription#'
export const subscriptionKey = (id: string, user: string): Key => ({
  pk: sessionPk(id),
  sk: subscriptionSkPrefix + user,
})
export const autoSubscriptionSkPrefix = 'cold#auto#'
export const autoSubscriptionKey = (id: string, list: string): Key => ({
  pk: sessionPk(id),
  sk: autoSubscriptionSkPrefix + list,
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

const userPk = (accountId: string): string => `user#${accountId}`
const userKey =
  (prefix: string) =>
  (accountId: string, rest = ''): Key => ({ pk: userPk(accountId), sk: prefix + rest })
export const presenceKey = userKey('presence')
export const accessKey = userKey('presence#access')
export const userEntryKey = userKey('presence#directory')
export const relationKey = userKey('relation#')
export const questionKey = userKey('question#')
export const pastKey = userKey('past#')
export const jobKey = userKey('job#')
export const watcherKey = (accountId: string, user: string, sessionId = ''): Key =>
  userKey('watcher#')(accountId, `${user}#${sessionId}`)
export const allWatchers = userKey('watcher#')
export const followerKey = (accountId: string, list: string, sessionId = ''): Key =>
  userKey('auto#')(accountId, `${list}#${sessionId}`)

/** Everything whose sort key begins with that of `prefix`. */
export const within = ({ pk, sk }: Key, consistent: boolean): Range => ({ pk, from: sk, to: `${sk}\uffff`, consistent })

export const inboxHolderKey = userKey('inbox')
export const inboxSkPrefix = 'inbox#'
export const inboxKey = userKey(inboxSkPrefix)

export const invitationKey = userKey('invitation#')
export const madeInvitations = userKey('invited#')
/** An InviteID is the client's, and may hold anything. */
export const madeInvitationKey = (accountId: string, inviteId: string): Key =>
  madeInvitations(accountId, hash(inviteId))

export const groupPk = (key: string): string => `group#${key}`
export const groupKey = (key: string): Key => ({ pk: groupPk(key), sk: 'group' })
export const ownedGroupKey = userKey('group#')
export const ownPropertiesKey = userKey('own#')
export const keyOfGroup = (pk: string): string => pk.slice('group#'.length)

const roomPk = (id: string): string => `room#${id}`
const roomKey =
  (prefix: string) =>
  (id: string, rest = ''): Key => ({ pk: roomPk(id), sk: prefix + rest })
export const memberKey = roomKey('member#')
export const rejectedKey = roomKey('rejected#')
export const joinedSkPrefix = 'joined#'
export const joinedKey = roomKey(joinedSkPrefix)
export const roomJobKey = roomKey('job#')
export const groupEntryKey = roomKey('directory')
/** A screen name may hold anything, and compares without case. */
export const screenNameKey = (id: string, name: string): Key => roomKey('name#')(id, hash(name.toLowerCase()))
export const logSkPrefix = 'log#'
/** Numbers have as many digits as milliseconds since 1970. */
export const logKey = (id: string, number?: number): Key =>
  roomKey(logSkPrefix)(id, number === undefined ? '' : String(number).padStart(15, '0'))
export const roomOf = (pk: string): string => pk.slice('room#'.length)

export const searchKey = (id: string, searchId: string): Key => ({ pk: sessionPk(id), sk: `browse#${searchId}` })
export const postingKey = (kind: string, element: string, gram: string, name: string): Key => ({
  pk: `find#${kind}#${element}#${gram}`,
  sk: name,
})
/** A posting's name ends in the incarnation of what it is of. */
export const postedName = (name: string, incarnation: string): string => `${name}#${incarnation}`
export const partsOfPosted = (posted: string): { readonly name: string; readonly incarnation: string } => {
  const end = posted.lastIndexOf('#')
  return { name: posted.slice(0, end), incarnation: posted.slice(end + 1) }
}

export const sentKey = (hash: string): Key => ({ pk: `sent#${hash}`, sk: 'sent' })
export const partKey = (hash: string, number?: number): Key => ({
  pk: `sent#${hash}`,
  sk: `part#${number === undefined ? '' : String(number).padStart(3, '0')}`,
})
/** The hash of a request of a session that sends a message. */
export const sentHash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url')

export const systemMessageKey = (id: string): Key => ({ pk: `system#${id}`, sk: 'message' })
export const systemRecipientKey = (id: string, user: string): Key => ({ pk: `system#${id}`, sk: `to#${user}` })

export const removalKey = (user: string, accountId: string): Key => ({ pk: `removal#${accountId}`, sk: user })

export const idOfSession = (pk: string): string => pk.slice('session#'.length)
export const accountIdOfUser = (pk: string): string => pk.slice('user#'.length)
export const jobIdOf = (sk: string): string => sk.slice('job#'.length)
export const userOfAccount = (pk: string): string => pk.slice('account#'.length)
export const accountIdOfRemoval = (pk: string): string => pk.slice('removal#'.length)

/** The shard of an item in the sweeper's index. */
export const sweepShardOf = (pk: string): string =>
  sweepShards[createHash('sha256').update(pk).digest()[0]! % sweepShards.length]!
