import { beforeEach, describe, expect, test } from 'vitest'
import type { Subscription } from '../../src/presence/subscription.ts'
import type { PastWatcher } from '../../src/presence/watcherList.ts'
import type { Session } from '../../src/session/session.ts'
import { createStore } from '../../src/store/store.ts'
import type { Judged, SubscriptionStore } from '../../src/store/subscriptions.ts'
import { createClock } from '../support/clock.ts'
import { createFaults } from '../support/faultTable.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

/** As much of a session as a subscription needs to know. */
const sessionOf = (user: string, id: string) =>
  ({ id, user, accountId: `account of ${user}`, companionsExpireAt: 5000 }) as Session

const bob = sessionOf('bob', 'bobs')
const toAnn: Subscription = {
  user: 'ann',
  accountId: 'account of ann',
  address: 'wv:Ann',
  attributes: 5,
  direct: true,
}

onBothTables((table) => {
  let subscriptions: SubscriptionStore
  beforeEach(() => {
    subscriptions = createStore(table(), createRandomBytes('subscriptions')).subscriptions
  })

  /** A subscription with all that it brings: settled. */
  const subscribe = async (session: Session, subscription: Subscription, shown: number) => {
    const written = await subscriptions.write(session, subscription, { shown, hidden: 0 })
    await subscriptions.settle(session, subscription, written)
    return written
  }

  const watcher = {
    user: 'bob',
    accountId: 'account of bob',
    sessionId: 'bobs',
    address: 'wv:Ann',
    attributes: 5,
    shown: 3,
    hidden: 0,
    expiresAt: 5000,
  }
  const watchers = (user?: string) => subscriptions.watchers('account of ann', user)
  const partition = async (pk: string) =>
    (await table().query({ pk, consistent: true })).map(({ sk, expiresAt }) => [sk, expiresAt])

  describe('a subscription', () => {
    test('stands with the session that watches and with the user that is watched', async () => {
      const written = await subscribe(bob, toAnn, 3)
      expect(await subscriptions.read('bobs', 'ann')).toEqual({ ...toAnn, expiresAt: 5000 })
      expect(written).toEqual({ ...watcher, stamp: expect.stringMatching(/./) })
      expect(await watchers()).toEqual([written])
      expect(await subscriptions.watcher('account of ann', bob)).toEqual(written)
    })

    test('is found with the watched user by session, and by no other user or account', async () => {
      await subscribe(bob, toAnn, 3)
      for (const other of [sessionOf('bob', 'bobs other'), sessionOf('cat', 'bobs')])
        expect(await subscriptions.watcher('account of ann', other)).toBeUndefined()
      expect(await subscriptions.watcher('second account of ann', bob)).toBeUndefined()
    })

    test('to everything names no attributes', async () => {
      const { attributes: _, ...toAll } = toAnn
      await subscribe(bob, toAll, 3)
      expect(await subscriptions.read('bobs', 'ann')).not.toHaveProperty('attributes')
      expect((await watchers())[0]).not.toHaveProperty('attributes')
    })

    test('that is written again takes the place of the first, and can be told from it', async () => {
      await subscribe(bob, toAnn, 3)
      const first = (await subscriptions.watcher('account of ann', bob))!
      await subscriptions.judged('account of ann', first, { shown: 0, judgedBy: 'job', hidden: 3 })
      const second = await subscribe(bob, { ...toAnn, address: 'wv:ann', attributes: 9 }, 1)
      expect(second).toEqual({ ...watcher, address: 'wv:ann', attributes: 9, shown: 1, stamp: second.stamp })
      expect(second.stamp).not.toBe(first.stamp)
      // Nothing of the first stays: neither what was hidden nor who has judged it.
      expect(await watchers()).toEqual([second])
      expect((await subscriptions.watched('bobs')).subscriptions).toHaveLength(1)
    })

    test('is unsettled until it says that it is done, and only the one that was written last can say so', async () => {
      const first = await subscriptions.write(bob, toAnn, { shown: 3, hidden: 0 })
      const second = await subscriptions.write(bob, toAnn, { shown: 3, hidden: 0 })
      await subscriptions.settle(bob, toAnn, first)
      expect(await subscriptions.read('bobs', 'ann')).toHaveProperty('unsettled', second.stamp)
      await subscriptions.settle(bob, toAnn, second)
      expect(await subscriptions.read('bobs', 'ann')).toEqual({ ...toAnn, expiresAt: 5000 })
      await subscriptions.remove(bob, toAnn)
      await subscriptions.settle(bob, toAnn, second)
      expect(await subscriptions.read('bobs', 'ann')).toBeUndefined()
    })

    test('that is switched off is known to the session alone', async () => {
      await subscriptions.writeOff(bob, { ...toAnn, unsettled: 'half made' })
      expect(await subscriptions.read('bobs', 'ann')).toEqual({
        ...{ ...toAnn, direct: false, off: true, expiresAt: 5000 },
      })
      expect(await watchers()).toEqual([])
    })

    test('that ends is gone in both places, and no other with it', async () => {
      await subscribe(bob, toAnn, 3)
      await subscribe(bob, { ...toAnn, user: 'ann2', accountId: 'account of ann2' }, 3)
      await subscribe(sessionOf('bob', 'bobs other'), toAnn, 3)
      await subscriptions.remove(bob, toAnn)
      expect(await subscriptions.read('bobs', 'ann')).toBeUndefined()
      expect((await watchers()).map(({ sessionId }) => sessionId)).toEqual(['bobs other'])
      expect((await subscriptions.watched('bobs')).subscriptions.map(({ user }) => user)).toEqual(['ann2'])
      expect(await subscriptions.watchers('account of ann2')).toHaveLength(1)
    })

    test('to an account is none to the next of that name', async () => {
      await subscribe(bob, toAnn, 3)
      expect(await subscriptions.watchers('second account of ann')).toEqual([])
    })
  })

  describe('the watchers of a user', () => {
    test('are all sessions of all users, or those of one', async () => {
      const sessions = [['bob', '1'] as const, ['bob', '2'] as const, ['cat', '3'] as const]
      for (const [user, id] of sessions) await subscribe(sessionOf(user, id), toAnn, 3)
      const ids = async (user?: string) => (await watchers(user)).map(({ sessionId }) => sessionId).sort()
      expect([await ids(), await ids('bob'), await ids('cat'), await ids('dan')]).toEqual([
        ['1', '2', '3'],
        ['1', '2'],
        ['3'],
        [],
      ])
    })

    test('are not mixed up by names that hold what separates the parts of a key', async () => {
      const names = ['b', 'b#', 'b#c', 'b#c#', 'b~', 'b~~', '#', '#b', '~', '~#~']
      for (const name of names) await subscribe(sessionOf(name, `${name} at it`), toAnn, 3)
      for (const name of names) {
        expect((await watchers(name)).map(({ user, sessionId }) => [user, sessionId])).toEqual([
          [name, `${name} at it`],
        ])
      }
      expect(await watchers()).toHaveLength(names.length)
      await subscriptions.removeWatcher('account of ann', { user: 'b', sessionId: 'b at it' })
      expect(await watchers()).toHaveLength(names.length - 1)
      expect(await watchers('b#c')).toHaveLength(1)
    })

    test('are noted with what they may see now, and what no longer', async () => {
      const written = await subscribe(bob, toAnn, 3)
      const note = (judged: Judged) => subscriptions.judged('account of ann', written, judged)
      expect(await note({ shown: 1, hidden: 2, judgedBy: 'job' })).toBe(true)
      expect(await watchers()).toEqual([{ ...written, shown: 1, hidden: 2, judgedBy: 'job' }])
      // Without a job: that of the one before stays.
      expect(await note({ shown: 3, hidden: 0 })).toBe(true)
      expect(await watchers()).toEqual([{ ...written, shown: 3, hidden: 0, judgedBy: 'job' }])
    })

    test('are not noted when they watch no more, and not brought back', async () => {
      const written = await subscribe(bob, toAnn, 3)
      await subscriptions.remove(bob, toAnn)
      expect(await subscriptions.judged('account of ann', written, { shown: 1, hidden: 2 })).toBe(false)
      expect(await watchers()).toEqual([])
    })

    test('are not noted when they watch anew: what was judged was another subscription', async () => {
      const written = await subscribe(bob, toAnn, 3)
      const anew = await subscribe(bob, toAnn, 7)
      expect(await subscriptions.judged('account of ann', written, { shown: 1, hidden: 2 })).toBe(false)
      expect(await watchers()).toEqual([anew])
      expect(await subscriptions.judged('account of ann', anew, { shown: 1, hidden: 2 })).toBe(true)
    })
  })

  describe('what a session watches', () => {
    test('is one Query: users and contact lists that it follows, and nothing else of the session', async () => {
      await table().put({ pk: 'session#bobs', sk: 'cold' })
      await table().put({ pk: 'session#bobs', sk: 'hot' })
      await table().put({ pk: 'session#bobs', sk: 'slot#ann' })
      const users = ['ann', '~', '#', 'zoe', '\u007e\u007e']
      for (const user of users) await subscribe(bob, { ...toAnn, user }, 3)
      await subscriptions.follow(bob, { list: 'friends', attributes: 4 })
      await subscriptions.follow(bob, { list: 'family' })
      const watched = await subscriptions.watched('bobs')
      expect(watched.subscriptions.map(({ user }) => user).sort()).toEqual([...users].sort())
      expect(watched.autoSubscriptions).toEqual([
        { list: 'family', expiresAt: 5000 },
        { list: 'friends', attributes: 4, expiresAt: 5000 },
      ])
      expect(await subscriptions.watched('another')).toEqual({ subscriptions: [], autoSubscriptions: [] })
    })

    test('follows a contact list until it says otherwise; other lists and sessions are left alone', async () => {
      const other = sessionOf('bob', 'bobs other')
      await subscriptions.follow(bob, { list: 'a' })
      await subscriptions.follow(bob, { list: 'ab' })
      await subscriptions.follow(other, { list: 'a' })
      expect((await subscriptions.followers('account of bob', 'a')).sort()).toEqual(['bobs', 'bobs other'])
      expect(await subscriptions.followers('account of bob', 'ab')).toEqual(['bobs'])
      await subscriptions.unfollow(bob, 'a')
      expect(await subscriptions.followers('account of bob', 'a')).toEqual(['bobs other'])
      expect((await subscriptions.watched('bobs')).autoSubscriptions.map(({ list }) => list)).toEqual(['ab'])
    })

    test('has companions in both places that live as long as the session, and no others', async () => {
      await subscribe(bob, toAnn, 3)
      await subscriptions.follow(bob, { list: 'friends' })
      await subscribe(sessionOf('cat', 'cats'), toAnn, 3)
      const keys = (await subscriptions.companions(bob)).map(({ pk, sk }) => `${pk} ${sk}`)
      expect(keys.sort()).toEqual([
        'session#bobs cold#auto#friends',
        'session#bobs cold#subscription#ann',
        'user#account of ann watcher#bob#bobs',
        'user#account of bob auto#friends#bobs',
      ])
      const there = [
        ...(await partition('session#bobs')),
        ...(await partition('user#account of ann')),
        ...(await partition('user#account of bob')),
      ]
      expect(there.filter(([sk]) => sk !== 'watcher#cat#cats')).toHaveLength(keys.length)
      expect(there.map(([, expiresAt]) => expiresAt)).toEqual(there.map(() => 5000))
    })
  })

  test('who has watched and who has read is remembered side by side', async () => {
    const remember = (user: string, past: Partial<PastWatcher>, accountId = `account of ${user}`) =>
      subscriptions.remember({ user: 'ann', accountId: 'account of ann' }, { user, accountId }, past)
    await remember('bob', { watchedAt: 1, expiresAt: 10 })
    await remember('bob', { readAt: 2, expiresAt: 11 })
    await remember('bob#cat', { readAt: 3, expiresAt: 12 })
    expect(await subscriptions.glanceAtPast('account of ann', 'bob')).toEqual({
      ...{ user: 'bob', accountId: 'account of bob', watchedAt: 1, readAt: 2, expiresAt: 11 },
    })
    expect(await subscriptions.glanceAtPast('account of ann', 'cat')).toBeUndefined()
    expect((await subscriptions.past('account of ann')).map(({ user }) => user)).toEqual(['bob', 'bob#cat'])
    expect(await subscriptions.past('account of bob')).toEqual([])
  })
})

test.each([
  ['crashBefore', 1, []],
  ['crashAfter', 1, ['subscription']],
  ['crashBefore', 2, ['subscription']],
  ['crashAfter', 2, ['subscription', 'watcher']],
] as const)(
  'a subscription that meets %s at write %i leaves no watcher without a subscription, and says that it is not done: %j',
  async (fault, at, left) => {
    const table = createMemoryTable()
    const plan = ({ number }: { number: number }) => (number === at ? fault : undefined)
    const invocation = createFaults({ table, now: createClock().now, plan }).invocation()
    const { subscriptions } = createStore(invocation, createRandomBytes('crash'))
    await subscriptions.write(bob, toAnn, { shown: 3, hidden: 0 }).catch(() => undefined)
    expect(table.items().map(({ sk }) => /(subscription|watcher)#/.exec(sk)![1])).toEqual(left)
    const unsettled = table.items().filter(({ sk, unsettled }) => sk.includes('subscription#') && unsettled)
    expect(unsettled).toHaveLength(Math.min(left.length, 1))
  },
)
