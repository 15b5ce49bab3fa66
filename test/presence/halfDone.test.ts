import { describe, expect, test } from 'vitest'
import { sweep } from '../../src/session/sweeper.ts'
import type { Table } from '../../src/store/table.ts'
import { type Call, createFaults, type FaultKind } from '../support/faultTable.ts'
import { justBefore } from '../support/justBefore.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import type { Reply } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'
import { Onlooker, over, subList } from '../support/watching.ts'

// What a call has left half done when it died, or what came between its writes: the client asks again, and has all.

interface Stage {
  readonly table: MemoryTable
  readonly village: TestVillage
}

async function stage(...users: string[]): Promise<Stage> {
  const table = createMemoryTable()
  const village = createTestVillage({ table })
  for (const user of users) await addCheapAccount(village, user, 'pw')
  return { table, village }
}

/** The same phone; what it asks for meets that fault where the plan says so. */
const meeting = (one: Onlooker, at: Stage, plan: (call: Call) => FaultKind | undefined, before?: Between): Onlooker => {
  const invocation = createFaults({ table: at.table, now: at.village.now, plan }).invocation()
  return over(one, at.village, before ? between(invocation, before) : invocation)
}

/** Something that happens right before the first put of an item whose sort key is such. */
interface Between {
  readonly is: (sk: string) => boolean
  readonly act: () => Promise<unknown>
}

const between = (table: Table, { is, act }: Between): Table =>
  justBefore(table, (call, key) => call === 'put' && 'sk' in key && is(key.sk), act)

const lets = (one: Onlooker, ...names: string[]): Promise<Reply> =>
  one.phone.request('CreateAttributeList-Request', { DefaultList: 'T', PresenceSubList: subList(names) })

interface Watched extends Stage {
  readonly star: Onlooker
  readonly fan: Onlooker
}

/** A user who lets everybody see that, and has something to say, and another who has not subscribed yet. */
async function starAndFan(names: readonly string[], text?: string): Promise<Watched> {
  const at = await stage('star', 'fan')
  const star = await Onlooker.loggedIn(at.village, 'star')
  await lets(star, ...names)
  if (text !== undefined) await star.say(text)
  return { ...at, star, fan: await Onlooker.loggedIn(at.village, 'fan') }
}

/** The same, with the first notification told. */
async function watched(names: readonly string[], text?: string): Promise<Watched> {
  const at = await starAndFan(names, text)
  await at.fan.subscribe(['star'])
  await at.fan.drain()
  return at
}

/** From when on something of that sort key was written. */
function written({ table }: Stage, is: (sk: string) => boolean): () => boolean {
  let isWritten = false
  table.observe((operation) => {
    if (operation.call === 'put' && is(operation.key.sk)) isWritten = true
  })
  return () => isWritten
}

const isWatcher = (sk: string) => sk.startsWith('watcher#')
const isValues = (sk: string) => sk === 'presence'

async function expectToKnow(one: Onlooker, user: string): Promise<void> {
  await one.drain()
  expect(one.known(user)).toEqual(await one.look(user))
}

describe('a subscription', () => {
  test('whose call dies while it is authorised, and that is repeated, is told what comes', async () => {
    const at = await stage('star', 'fan')
    const star = await Onlooker.loggedIn(at.village, 'star')
    await star.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    await star.say('one')
    const fan = await Onlooker.loggedIn(at.village, 'fan')
    const isWritten = written(at, isWatcher)
    const dying = meeting(fan, at, ({ call }) => (call === 'query' && isWritten() ? 'crashBefore' : undefined), {
      is: isWatcher,
      act: () => star.authorise('fan'),
    })
    expect((await dying.subscribe(['star'])).code).toBe(500)
    expect((await fan.subscribe(['star'])).code).toBe(200)
    await expectToKnow(fan, 'star')
    await star.say('two')
    await expectToKnow(fan, 'star')
  })

  test('whose call dies before the watched user has it tells nothing, and can be ended', async () => {
    const at = await starAndFan(['OnlineStatus', 'StatusText'])
    const { star, fan } = at
    for (const fault of ['crashBefore', 'crashAfter'] as const) {
      const dying = meeting(fan, at, ({ call, of }) => (call === 'put' && of.startsWith('user#') ? fault : undefined))
      expect((await dying.subscribe(['star'])).code).toBe(500)
      expect((await fan.unsubscribe(['star'])).code).toBe(200)
      await star.say(fault)
      expect(await fan.drain()).toEqual([])
    }
  })

  test.each(['slot', 'question'] as const)(
    'that a contact list brings, and whose call dies before its %s, is made when the client asks again',
    async (what) => {
      const at = await stage('ann', 'bob')
      const bob = await Onlooker.loggedIn(at.village, 'bob')
      if (what === 'slot') await lets(bob, 'OnlineStatus', 'StatusText')
      else await bob.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
      await bob.say('hello')
      const ann = await Onlooker.loggedIn(at.village, 'ann')
      const ContactList = 'wv:ann/friends'
      await ann.phone.request('CreateList-Request', { ContactList })
      await ann.phone.request('SubscribePresence-Request', { ContactList, AutoSubscribe: 'T' })
      const isWritten = written(at, isWatcher)
      const isThere = ({ call, of }: Call) =>
        what === 'slot' ? call === 'update' && of.startsWith('session#') : call === 'query'
      const dying = meeting(ann, at, (call) => (isWritten() && isThere(call) ? 'crashBefore' : undefined))
      const adds = { ContactList, AddNickList: { UserID: 'wv:bob' }, ReceiveList: 'F' }
      expect((await dying.phone.request('ListManage-Request', adds)).code).toBe(500)
      expect((await ann.phone.request('ListManage-Request', adds)).code).toBe(200)
      await bob.drain()
      expect(bob.asked).toEqual(what === 'slot' ? [] : ['ann'])
      await expectToKnow(ann, 'bob')
    },
  )

  test('that is half made is made by a restore (R11)', async () => {
    const at = await starAndFan(['OnlineStatus', 'StatusText'])
    const { star, fan } = at
    const dying = meeting(fan, at, ({ call, of }) =>
      call === 'put' && of.startsWith('user#') ? 'crashBefore' : undefined,
    )
    expect((await dying.subscribe(['star'])).code).toBe(500)
    expect((await fan.restore()).code).toBe(200)
    await star.say('hello')
    await expectToKnow(fan, 'star')
  })

  test('that is repeated while only a part of the values waits is told all of them (R11)', async () => {
    const { star, fan } = await watched(['OnlineStatus', 'StatusText'], 'hello')
    await lets(star, 'OnlineStatus', 'StatusText', 'CommCap')
    fan.forgetAll()
    await fan.subscribe(['star'])
    await expectToKnow(fan, 'star')
  })

  test('that is changed before a withdrawal was told is told of it', async () => {
    const { star, fan } = await watched(['OnlineStatus', 'StatusText'], 'secret')
    await lets(star, 'OnlineStatus')
    await fan.subscribe(['star'], { PresenceSubList: subList(['OnlineStatus', 'StatusText']) })
    await expectToKnow(fan, 'star')
  })

  test('that is changed by a call that dies is still told of a withdrawal', async () => {
    const at = await watched(['OnlineStatus', 'StatusText'], 'secret')
    const { star, fan } = at
    await lets(star, 'OnlineStatus')
    const wanted = { PresenceSubList: subList(['OnlineStatus', 'StatusText']) }
    const dying = meeting(fan, at, ({ call, of }) =>
      call === 'put' && of.startsWith('user#') ? 'crashBefore' : undefined,
    )
    expect((await dying.subscribe(['star'], wanted)).code).toBe(500)
    await fan.subscribe(['star'], wanted)
    await expectToKnow(fan, 'star')
  })

  test('that is changed while its user is blocked is told what is withdrawn', async () => {
    const at = await watched(['OnlineStatus', 'StatusText'], 'secret')
    const { star, fan } = at
    const blocks = { BlockList: { InUse: 'T', AddList: { UserID: 'wv:fan' } } }
    const act = () => star.phone.request('BlockEntity-Request', blocks)
    await over(fan, at.village, between(at.table, { is: isWatcher, act })).subscribe(['star'], {
      PresenceSubList: subList(['StatusText', 'OnlineStatus', 'CommCap']),
    })
    await expectToKnow(fan, 'star')
    expect(fan.known('star')).toEqual({})
  })
})

describe('a change of values', () => {
  test('whose answer is lost is told to who subscribed meanwhile', async () => {
    const at = await stage('star', 'late')
    const star = await Onlooker.loggedIn(at.village, 'star')
    await lets(star, 'OnlineStatus', 'StatusText')
    const late = await Onlooker.loggedIn(at.village, 'late')
    const isOfValues = ({ call, of }: Call) => call === 'put' && of.startsWith('user#')
    const act = async () => {
      await late.subscribe(['star'])
      await late.drain()
    }
    const losing = meeting(star, at, (call) => (isOfValues(call) ? 'lost' : undefined), { is: isValues, act })
    await losing.say('new')
    expect((await star.say('new')).code).toBe(200)
    await expectToKnow(late, 'star')
  })

  test('that a repeated notification has told is told anew: phones drop a TransactionID that they know (clients.md 28)', async () => {
    const at = await stage('star')
    const star = await Onlooker.loggedIn(at.village, 'star')
    await star.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
    await lets(star, 'OnlineStatus', 'StatusText')
    // So many that a change is a job.
    const fans: Onlooker[] = []
    for (let number = 0; number < 130; number++) {
      await addCheapAccount(at.village, `fan${number}`, 'pw')
      const fan = await Onlooker.loggedIn(at.village, `fan${number}`)
      await fan.subscribe(['star'])
      await fan.drain()
      fans.push(fan)
    }
    const fan = fans.at(-1)!
    const seen = new Set<string>()
    let text: string | undefined
    const hear = (reply: Reply) => {
      const id = reply.transactionId!
      if (!seen.has(id)) text = /<StatusText>.*?<PresenceValue>(.*?)</.exec(reply.text)?.[1] ?? text
      seen.add(id)
      return id
    }
    await star.say('one')
    const first = hear(await fan.phone.poll())
    const isSlot = ({ call, of }: Call) => call === 'update' && of.startsWith('session#')
    await meeting(star, at, (call) => (isSlot(call) ? 'crashBefore' : undefined)).say('two')
    at.village.clock.advance(21_000)
    expect(hear(await fan.phone.poll())).toBe(first)
    await sweep(at.village, at.village.now() + 1000)
    const next = await fan.phone.acknowledge(first)
    const reply = next.name === 'nothing' ? await fan.phone.poll() : next
    expect(hear(reply)).not.toBe(first)
    expect(text).toBe('two')
  })
})

test('the sweeper does not do beside a logout what the logout is doing: watchers are told once', async () => {
  const at = await watched(['OnlineStatus'])
  const { star, fan } = at
  const isSlot = (sk: string) => sk.startsWith('slot#')
  const meanwhile = justBefore(
    at.table,
    (call, key) => call === 'update' && 'sk' in key && isSlot(key.sk),
    async () => {
      await sweep(at.village, at.village.now() + 1000)
      await fan.drain()
    },
  )
  await over(star, at.village, meanwhile).phone.request('Logout-Request')
  await fan.drain()
  expect(fan.notified.map(({ told }) => told).slice(1)).toEqual([[['OnlineStatus', 'PresenceValue=F']]])
})
