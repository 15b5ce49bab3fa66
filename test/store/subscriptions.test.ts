import { beforeEach, describe, expect, test } from 'vitest'
import type { Subscription, Watcher } from '../../src/presence/subscription.ts'
import type { Session } from '../../src/session/session.ts'
import { createStore } from '../../src/store/store.ts'
import type { SubscriptionStore } from '../../src/store/subscriptions.ts'
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

  const watcher = {
    user: 'bob',
    accountId: 'account of bob',
    sessionId: 'bobs',
    attributes: 5,
    shown: 3,
    expiresAt: 5000,
  }
  const watchers = (user?: string) => subscriptions.watchers('account of ann', user)
  const partition = async (pk: string) =>
    (await table().query({ pk, consistent: true })).map(({ sk, expiresAt }) => [sk, expiresAt])

  describe('a subscription', () => {
    test('stands with the session that watches and with the user that is watched', async () => {
      await subscriptions.write(bob, toAnn, 3)
      expect(await subscriptions.read('bobs', 'ann')).toEqual({ ...toAnn, expiresAt: 5000 })
      expect(await watchers()).toEqual([{ ...watcher, stamp: expect.stringMatching(/./) }])
    })

    test('to everything names no attributes', async () => {
      const { attributes: _, ...toAll } = toAnn
      await subscriptions.write(bob, toAll, 3)
      expect(await subscriptions.read('bobs', 'ann')).not.toHaveProperty('attributes')
      expect((await watchers())[0]).not.toHaveProperty('attributes')
    })

    test('that is written again takes the place of the first, and can be told from it', async () => {
      await subscriptions.write(bob, toAnn, 3)
      const [{ stamp }] = (await watchers()) as [Watcher]
      await subscriptions.judged('account of ann', (await watchers())[0]!, { shown: 0, judgedBy: 'job', hidden: 3 })
      await subscriptions.write(bob, { ...toAnn, attributes: 9 }, 1)
      expect(await watchers()).toEqual([
        { ...watcher, attributes: 9, shown: 1, stamp: expect.not.stringContaining(stamp) },
      ])
      expect((await subscriptions.watched('bobs')).subscriptions).toHaveLength(1)
    })

    test('that is switched off is known to the session alone', async () => {
      await subscriptions.write(bob, { ...toAnn, off: true }, 0)
      expect(await subscriptions.read('bobs', 'ann')).toMatchObject({ off: true })
      expect(await watchers()).toEqual([])
    })

    test('that ends is gone in both places, and no other with it', async () => {
      await subscriptions.write(bob, toAnn, 3)
      await subscriptions.write(bob, { ...toAnn, user: 'ann2', accountId: 'account of ann2' }, 3)
      await subscriptions.write(sessionOf('bob', 'bobs other'), toAnn, 3)
      await subscriptions.remove(bob, toAnn)
      expect(await subscriptions.read('bobs', 'ann')).toBeUndefined()
      expect((await watchers()).map(({ sessionId }) => sessionId)).toEqual(['bobs other'])
      expect((await subscriptions.watched('bobs')).subscriptions.map(({ user }) => user)).toEqual(['ann2'])
      expect(await subscriptions.watchers('account of ann2')).toHaveLength(1)
    })

    test('to an account is none to the next of that name', async () => {
      await subscriptions.write(bob, toAnn, 3)
      expect(await subscriptions.watchers('second account of ann')).toEqual([])
    })
  })

  describe('the watchers of a user', () => {
    test('are all sessions of all users, or those of one', async () => {
      const sessions = [['bob', '1'] as const, ['bob', '2'] as const, ['cat', '3'] as const]
      for (const [user, id] of sessions) await subscriptions.write(sessionOf(user, id), toAnn, 3)
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
      for (const name of names) await subscriptions.write(sessionOf(name, `${name} at it`), toAnn, 3)
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

    test('are noted with what they may see now; one that watches no more is not brought back', async () => {
      await subscriptions.write(bob, toAnn, 3)
      const [watcher] = await watchers()
      expect(await subscriptions.judged('account of ann', watcher!, { shown: 1, judgedBy: 'job', hidden: 2 })).toBe(
        true,
      )
      expect(await watchers()).toEqual([{ ...watcher, shown: 1, judgedBy: 'job', hidden: 2 }])
      await subscriptions.remove(bob, toAnn)
      expect(await subscriptions.judged('account of ann', watcher!, { shown: 3, judgedBy: 'b', hidden: 0 })).toBe(false)
      expect(await watchers()).toEqual([])
    })
  })

  describe('what a session watches', () => {
    test('is one Query: users and contact lists that it follows, and nothing else of the session', async () => {
      await table().put({ pk: 'session#bobs', sk: 'cold' })
      await table().put({ pk: 'session#bobs', sk: 'hot' })
      await table().put({ pk: 'session#bobs', sk: 'slot#ann' })
      const users = ['ann', '~', '#', 'zoe', '\u007e\u007e']
      for (const user of users) await subscriptions.write(bob, { ...toAnn, user }, 3)
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
      await subscriptions.write(bob, toAnn, 3)
      await subscriptions.follow(bob, { list: 'friends' })
      await subscriptions.write(sessionOf('cat', 'cats'), toAnn, 3)
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
    await subscriptions.remember('account of ann', { user: 'bob', watchedAt: 1, expiresAt: 10 })
    await subscriptions.remember('account of ann', { user: 'bob', readAt: 2, expiresAt: 11 })
    await subscriptions.remember('account of ann', { user: 'bob#cat', readAt: 3, expiresAt: 12 })
    expect(await subscriptions.glanceAtPast('account of ann', 'bob')).toEqual({
      ...{ user: 'bob', watchedAt: 1, readAt: 2, expiresAt: 11 },
    })
    expect(await subscriptions.glanceAtPast('account of ann', 'cat')).toBeUndefined()
    expect((await subscriptions.past('account of ann')).map(({ user }) => user)).toEqual(['bob', 'bob#cat'])
    expect(await subscriptions.past('account of bob')).toEqual([])
  })
})

test.each([
  ['crashBefore', 1, []],
  ['crashAfter', 1, ['watcher']],
  ['crashBefore', 2, ['watcher']],
  ['crashAfter', 2, ['subscription', 'watcher']],
] as const)(
  'a subscription that meets %s at write %i leaves no subscription without a watcher: %j',
  async (fault, at, left) => {
    const table = createMemoryTable()
    const plan = ({ number }: { number: number }) => (number === at ? fault : undefined)
    const invocation = createFaults({ table, now: createClock().now, plan }).invocation()
    const { subscriptions } = createStore(invocation, createRandomBytes('crash'))
    await subscriptions.write(bob, toAnn, 3).catch(() => undefined)
    expect(table.items().map(({ sk }) => /(subscription|watcher)#/.exec(sk)![1])).toEqual(left)
  },
)
