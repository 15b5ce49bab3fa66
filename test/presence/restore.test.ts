import { beforeEach, describe, expect, test } from 'vitest'
import { removeAccount } from '../../src/accounts/lifecycle.ts'
import { endSession } from '../../src/session/ending.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { createFaults } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'
import { Onlooker } from '../support/watching.ts'

let table: MemoryTable
let village: TestVillage
let ann: Onlooker
let bob: Onlooker
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  for (const user of ['ann', 'bob', 'cat', 'dan']) await addCheapAccount(village, user, 'pw')
  ann = await Onlooker.loggedIn(village, 'ann')
  bob = await Onlooker.loggedIn(village, 'bob')
})

const sessionOf = async (one: Onlooker) => (await village.store.sessions.read(one.id))!.session
/** Everybody may see everything. */
const open = (one: Onlooker) =>
  one.phone.request('CreateAttributeList-Request', {
    DefaultList: 'T',
    PresenceSubList: { OnlineStatus: '', StatusText: '', CommCap: '', UserAvailability: '', FreeTextLocation: '' },
  })
const listOf = (user: string, name = 'friends') => `wv:${user}/${name}`
const createList = (one: Onlooker, user: string, members: readonly string[], name = 'friends') =>
  one.phone.request('CreateList-Request', {
    ContactList: listOf(user, name),
    NickList: { NickName: members.map((member) => ({ Name: member, UserID: `wv:${member}` })) },
  })
const manage = (one: Onlooker, user: string, change: 'AddNickList' | 'RemoveNickList', members: readonly string[]) =>
  one.phone.request('ListManage-Request', {
    ContactList: listOf(user),
    ReceiveList: 'F',
    [change]:
      change === 'AddNickList'
        ? { NickName: members.map((member) => ({ Name: member, UserID: `wv:${member}` })) }
        : { UserID: members.map((member) => `wv:${member}`) },
  })
const follow = (one: Onlooker, user: string) =>
  one.phone.request('SubscribePresence-Request', { ContactList: listOf(user), AutoSubscribe: 'T' })
const statusesTold = (one: Onlooker, user: string) =>
  one.notified
    .filter((notified) => notified.user === user)
    .flatMap(({ told }) => told.flatMap(([name, value]) => (name.startsWith('OnlineStatus') ? [value] : [])))
const seconds = (count: number) => village.clock.advance(count * 1000)
const runSweeper = () => sweep(village, village.now() + 1000)

describe('a restored session (R11, R13)', () => {
  const ends: Record<string, () => Promise<unknown>> = {
    logout: () => ann.phone.request('Logout-Request'),
    disconnect: async () => endSession(village, await sessionOf(ann), 'disconnect'),
    expiry: async () => {
      await bob.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
      seconds(800)
      await runSweeper()
    },
    'expiry without a sweeper': async () => {
      await bob.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
      seconds(800)
    },
    'no end at all': async () => undefined,
  }

  for (const [how, end] of Object.entries(ends)) {
    test(`gets exactly one notification for each watched user after ${how}`, async () => {
      for (const one of [bob, await Onlooker.loggedIn(village, 'cat')]) {
        await open(one)
        await one.say(`hello of ${one.phone.options.user}`)
      }
      await ann.subscribe(['bob', 'cat'])
      await ann.drain()
      await end()
      await bob.say('one')
      await bob.say('two')
      expect((await ann.restore()).code).toBe(200)
      const told = await ann.drain()
      expect(told.map(({ user }) => user).sort()).toEqual(['bob', 'cat'])
      expect(ann.known('bob')).toEqual(await ann.look('bob'))
      expect(ann.known('cat')).toEqual(await ann.look('cat'))
      expect(ann.known('bob').StatusText).toContain('two')
    })
  }

  test('is told nothing of what was queued before the end, and everything once', async () => {
    await open(bob)
    await ann.subscribe(['bob'])
    await ann.poll()
    await bob.say('before')
    await ann.phone.request('Logout-Request')
    await bob.say('after')
    await ann.restore()
    expect((await ann.drain()).map(({ told }) => Object.fromEntries(told).StatusText)).toEqual(['PresenceValue=after'])
  })

  test('that subscribes again gets nothing more while the first notification is unacknowledged, and a new one after', async () => {
    await open(bob)
    await ann.subscribe(['bob'])
    await ann.drain()
    await ann.phone.request('Logout-Request')
    await ann.restore()
    await ann.subscribe(['bob'])
    expect(await ann.poll()).toHaveLength(1)
    await ann.subscribe(['bob'])
    await ann.subscribe(['bob'])
    expect(await ann.poll()).toEqual([])
    await ann.phone.acknowledge(ann.notified.at(-1)!.transactionId)
    expect(await ann.drain()).toEqual([])
    await ann.subscribe(['bob'])
    const again = await ann.drain()
    expect(again).toHaveLength(1)
    expect(Object.fromEntries(again[0]!.told)).toEqual(await ann.look('bob'))
  })

  test('is told nothing of accounts that were removed meanwhile', async () => {
    await open(bob)
    await ann.subscribe(['bob'])
    await ann.drain()
    await ann.phone.request('Logout-Request')
    await removeAccount(village, (await village.store.accounts.read('bob'))!)
    await ann.restore()
    expect(await ann.drain()).toEqual([])
    seconds(30)
    await runSweeper()
    expect(await ann.drain()).toEqual([])
  })

  test('sees what it may see now, not what it might see before', async () => {
    await open(bob)
    await bob.update({
      StatusText: { Qualifier: 'T', PresenceValue: 'secret' },
      FreeTextLocation: { Qualifier: 'T', PresenceValue: 'here' },
    })
    await ann.subscribe(['bob'])
    await ann.drain()
    await ann.phone.request('Logout-Request')
    await bob.authorise('ann', true, ['FreeTextLocation'])
    await ann.restore()
    expect((await ann.drain()).map(({ told }) => Object.fromEntries(told))).toEqual([
      { FreeTextLocation: 'PresenceValue=here' },
    ])
  })

  test('asks nobody again who was asked or has answered', async () => {
    await bob.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    await ann.subscribe(['bob'])
    await bob.drain()
    expect(bob.asked).toEqual(['ann'])
    await ann.phone.request('Logout-Request')
    await ann.restore()
    await bob.drain()
    expect(bob.asked).toEqual(['ann'])
    await bob.authorise('ann', false)
    await ann.restore()
    await ann.subscribe(['bob'])
    await bob.restore()
    await bob.drain()
    expect(bob.asked).toEqual(['ann'])
  })
})

test('a question whose answer died half-way is asked of nobody any more', async () => {
  await bob.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
  await ann.subscribe(['bob'])
  const faults = createFaults({
    table,
    now: village.now,
    plan: ({ call, of }) => (call === 'delete' && of.startsWith('user#') ? 'crashBefore' : undefined),
  })
  const dying = new Onlooker(village.with({ table: faults.invocation() }), 'bob')
  dying.phone.sessionId = bob.id
  expect((await dying.authorise('ann', true)).code).toBe(500)
  expect(Object.keys(await ann.look('bob'))).toContain('OnlineStatus')
  await bob.drain()
  const pda = await Onlooker.loggedIn(village, 'bob', { client: 'pda' })
  await pda.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
  await pda.drain()
  expect([...bob.asked, ...pda.asked]).toEqual([])
})

describe('AutoSubscribe and a restore (R11)', () => {
  beforeEach(async () => {
    await open(bob)
    for (const user of ['cat', 'dan']) await open(await Onlooker.loggedIn(village, user))
    await createList(ann, 'ann', ['bob', 'cat'])
    await follow(ann, 'ann')
    await ann.drain()
  })

  const watched = async () => (await village.store.subscriptions.watched(ann.id)).subscriptions

  test('a list that changed while the session was away is followed as it is now', async () => {
    await ann.phone.request('Logout-Request')
    const pc = await Onlooker.loggedIn(village, 'ann', { client: 'pc' })
    await manage(pc, 'ann', 'RemoveNickList', ['bob'])
    await manage(pc, 'ann', 'AddNickList', ['dan'])
    await ann.restore()
    const told = await ann.drain()
    expect(told.map(({ user }) => user).sort()).toEqual(['cat', 'dan'])
    await bob.say('unseen')
    expect(await ann.drain()).toEqual([])
    expect((await watched()).map(({ user }) => user).sort()).toEqual(['cat', 'dan'])
  })

  test('a member that was unsubscribed from by name stays so', async () => {
    await ann.unsubscribe(['bob'])
    await bob.say('unseen')
    expect(await ann.drain()).toEqual([])
    await ann.phone.request('Logout-Request')
    await ann.restore()
    expect((await ann.drain()).map(({ user }) => user)).toEqual(['cat'])
    await bob.say('unseen as well')
    expect(await ann.drain()).toEqual([])
    await ann.subscribe(['bob'])
    expect((await ann.drain()).map(({ user }) => user)).toEqual(['bob'])
  })

  test('a list whose deletion died half-way is followed no more when the client has tried again', async () => {
    const faults = createFaults({
      table,
      now: village.now,
      plan: ({ call, of }) => (call === 'put' && of.startsWith('user#') ? 'crashAfter' : undefined),
    })
    const dying = new Onlooker(village.with({ table: faults.invocation() }), 'ann')
    dying.phone.sessionId = ann.id
    expect((await dying.phone.request('DeleteList-Request', { ContactList: listOf('ann') })).code).toBe(500)
    await ann.phone.request('DeleteList-Request', { ContactList: listOf('ann') })
    seconds(30)
    await runSweeper()
    expect(await watched()).toEqual([])
  })

  test('a list that was deleted while the session was away is followed no more', async () => {
    await ann.phone.request('Logout-Request')
    const pc = await Onlooker.loggedIn(village, 'ann', { client: 'pc' })
    expect((await pc.phone.request('DeleteList-Request', { ContactList: listOf('ann') })).code).toBe(200)
    await ann.restore()
    expect(await ann.drain()).toEqual([])
    expect(await watched()).toEqual([])
  })
})

for (const version of ['1.2', '1.3'] as const) {
  describe(`watchers of ${version} see no flicker (R16)`, () => {
    let watcher: Onlooker
    beforeEach(async () => {
      await open(bob)
      watcher = await Onlooker.loggedIn(village, 'ann', { version, client: 'watcher' })
      await watcher.subscribe(['bob'])
      await watcher.drain()
    })
    const isOnline = () => Object.entries(watcher.known('bob')).filter(([name]) => name.startsWith('OnlineStatus'))

    test('when a live session is restored', async () => {
      await bob.restore()
      expect(await watcher.drain()).toEqual([])
      expect(isOnline().map(([, value]) => value)).toEqual(['PresenceValue=T'])
    })

    test('when a live session is restored by another client', async () => {
      const pc = new Onlooker(village, 'bob', { client: 'pc' })
      pc.phone.sessionId = bob.id
      expect((await pc.restore()).code).toBe(200)
      await watcher.drain()
      expect(statusesTold(watcher, 'bob')).not.toContain(version === '1.3' ? undefined : 'PresenceValue=F')
      // 1.3 knows the client that was there before as offline; a full read leaves it out.
      expect(watcher.known('bob')).toMatchObject(await watcher.look('bob'))
      expect(isOnline().filter(([, value]) => value === 'PresenceValue=T')).toHaveLength(1)
    })

    test('when a client logs in in place of its live session', async () => {
      await Onlooker.loggedIn(village, 'bob')
      await watcher.drain()
      expect(statusesTold(watcher, 'bob')).not.toContain('PresenceValue=F')
      expect(isOnline().map(([, value]) => value)).toEqual(['PresenceValue=T'])
    })

    test('when an ended session is restored in place of the live one of its client', async () => {
      const first = bob.id
      const second = await Onlooker.loggedIn(village, 'bob')
      await watcher.drain()
      const before = watcher.notified.length
      const third = new Onlooker(village, 'bob')
      third.phone.sessionId = first
      await third.restore()
      await watcher.drain()
      expect(second.id).not.toBe(first)
      const told = watcher.notified.slice(before).flatMap((one) => one.told)
      expect(told.filter(([name, value]) => name.startsWith('OnlineStatus') && value === 'PresenceValue=F')).toEqual([])
      expect(isOnline().map(([, value]) => value)).toEqual(['PresenceValue=T'])
    })

    test('and the end is that the user is online, when it logged out and in again between two polls', async () => {
      await bob.phone.request('Logout-Request')
      await Onlooker.loggedIn(village, 'bob')
      await watcher.drain()
      expect(isOnline().map(([, value]) => value)).toEqual(['PresenceValue=T'])
    })
  })
}

describe('an overdue session that is restored (R12)', () => {
  test('has the consequences of its end run once, under one epoch', async () => {
    await open(bob)
    await ann.subscribe(['bob'])
    await ann.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
    await ann.drain()
    seconds(800)
    const before = (await village.store.presence.read((await sessionOf(bob)).accountId))!
    const writes: number[] = []
    const done = table.observe((operation) => {
      if (operation.call === 'put' && operation.key.sk === 'presence' && !operation.conditionFailed)
        writes.push(operation.after!.version as number)
    })
    expect((await bob.restore()).code).toBe(200)
    await runSweeper()
    done()
    expect(writes).toEqual([before.version + 1, before.version + 2])
    expect((await sessionOf(bob)).epoch).toBe(3)
    await ann.drain()
    expect(ann.known('bob').OnlineStatus).toBe('PresenceValue=T')
  })

  test('ends by the sweeper alone when nobody restores it', async () => {
    await open(bob)
    await ann.subscribe(['bob'])
    await ann.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
    await ann.drain()
    seconds(800)
    await runSweeper()
    await runSweeper()
    expect((await ann.drain()).map(({ told }) => told)).toEqual([[['OnlineStatus', 'PresenceValue=F']]])
  })
})

describe('an account that is removed', () => {
  beforeEach(async () => {
    await open(bob)
    await bob.say('old')
    await ann.subscribe(['bob'])
    await ann.drain()
    await createList(bob, 'bob', ['ann'])
    await bob.authorise('ann')
    await ann.drain()
    await removeAccount(village, (await village.store.accounts.read('bob'))!)
  })

  test('is told to its watchers as gone', async () => {
    await ann.drain()
    // The call that changes the values is believed to be under way for so long.
    seconds(30)
    await runSweeper()
    await ann.drain()
    expect(ann.known('bob').OnlineStatus).not.toBe('PresenceValue=T')
    expect(ann.notified.length).toBeGreaterThan(0)
  })

  test('leaves nothing to a new one of that name: no lists, authorisations, values or watchers', async () => {
    await addCheapAccount(village, 'bob', 'pw')
    const anew = await Onlooker.loggedIn(village, 'bob')
    expect((await anew.phone.request('GetList-Request')).text).not.toContain('friends')
    expect((await anew.phone.request('GetWatcherList-Request')).text).not.toContain('ann')
    expect((await anew.phone.request('GetReactiveAuthStatus-Request')).text).not.toContain('ann')
    expect((await anew.look('bob')).StatusText).toBeUndefined()
    expect(await ann.look('bob')).toEqual({})
    await anew.say('new')
    await ann.drain()
    seconds(30)
    await runSweeper()
    const told = (await ann.drain()).flatMap((one) => one.told)
    expect(JSON.stringify(told)).not.toContain('new')
    await ann.phone.request('Logout-Request')
    await ann.restore()
    expect(JSON.stringify(await ann.drain())).not.toContain('new')
  })
})
