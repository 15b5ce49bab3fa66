import { beforeEach, describe, expect, test } from 'vitest'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { triesMax } from '../../src/delivery/resending.ts'
import type { Slot } from '../../src/presence/subscription.ts'
import type { Table } from '../../src/store/table.ts'
import { itemSize } from '../support/memory/values.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { createChooser } from '../support/random.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'
import { notificationsIn, Onlooker } from '../support/watching.ts'

let table: MemoryTable
let village: TestVillage
let ann: Onlooker
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  for (const user of ['ann', 'bob', 'cat']) await addCheapAccount(village, user, 'pw')
  ann = await Onlooker.loggedIn(village, 'ann')
})

/** Everybody may see everything. */
const open = (one: Onlooker) =>
  one.phone.request('CreateAttributeList-Request', { DefaultList: 'T', PresenceSubList: { StatusText: '' } })

/** So many users whom ann watches; the first notification of each still waits. */
async function watchMany(many: number, prefix = 'friend'): Promise<Onlooker[]> {
  const friends: Onlooker[] = []
  for (let number = 0; number < many; number++) {
    const user = `${prefix}${number}`
    await addCheapAccount(village, user, 'pw')
    const friend = await Onlooker.loggedIn(village, user)
    await open(friend)
    await friend.say('hello')
    friends.push(friend)
  }
  await ann.subscribe(friends.map((friend) => friend.phone.options.user!))
  return friends
}

const hotKey = () => ({ pk: `session#${ann.id}`, sk: 'hot' })
const hot = () => table.item(hotKey())!
const inFlight = () => Object.keys(hot().inFlight as object)
const slots = () => table.items().filter(({ pk, sk }) => pk === `session#${ann.id}` && sk.startsWith('slot#'))
const sessionOf = async (one: Onlooker) => (await village.store.sessions.read(one.id))!.session
const tell = async (text: string, at: number = village.now()) =>
  openServerTransaction(village, await sessionOf(ann), 'SystemMessage', { id: text, text, at })
const contentOf = (text: string) => /<ContentData>(.*?)<\/ContentData>/.exec(text)?.[1]
/** Slots of subscriptions that are over: void when they are rendered. */
async function addVoidSlots(many: number, at = 0): Promise<void> {
  const session = await sessionOf(ann)
  for (let number = 0; number < many; number++)
    await village.store.slots.refresh(session, { user: `nobody${number}`, accountId: 'none' }, at, { asked: 1 })
}

describe('news of presence that a client never acknowledges', () => {
  test('is on its way for 32 users at most; what is acknowledged makes room', async () => {
    await watchMany(40)
    const ids: string[] = []
    for (let polls = 0; polls < 40; polls++) ids.push(...ann.hear(await ann.phone.poll()))
    expect([ids.length, new Set(ids).size, inFlight().length]).toEqual([32, 32, 32])
    expect((await ann.phone.request('GetSPInfo-Request')).message!.poll).toBe(false)
    const [next] = notificationsIn(await ann.phone.acknowledge(ids[0]!))
    expect(ann.notified.map(({ user }) => user)).not.toContain(next!.user)
    expect((await ann.phone.poll()).name).toBe('nothing')
  })

  test('keeps nothing else waiting', async () => {
    await watchMany(33)
    for (let polls = 0; polls < 33; polls++) await ann.poll()
    await tell('news')
    expect(contentOf((await ann.phone.poll()).text)).toBe('news')
  })

  test('leaves the hot item of one with 50 contacts under 6 kB', async () => {
    // The longest names.
    const friends = await watchMany(50, 'f'.repeat(48))
    const prng = createChooser('hot item')
    let largest = 0
    let most = 0
    for (let round = 0; round < 1500; round++) {
      // All kinds of news, at all paces: changes, some of them of what was just sent, and what may be seen no longer.
      const friend = friends[Math.floor(prng() * 50)]!
      if (prng() < 0.3) await friend.say(`round ${round}`)
      if (prng() < 0.1) await friend.authorise('ann', prng() < 0.8)
      if (prng() < 0.005) await ann.restore()
      await ann.poll()
      village.clock.advance(prng() < 0.03 ? 30_000 : 100)
      largest = Math.max(largest, itemSize(hot()))
      most = Math.max(most, inFlight().length)
    }
    // 32 notifications of some 140 bytes each, and some 400 for the session: 4.8 kB, so that a poll costs 5 units instead
    // of one while that lasts.
    expect(most).toBe(32)
    expect(Math.ceil(largest / 1024)).toBe(5)
    expect(largest).toBeLessThan(6 * 1024)
  })

  test('is given up after its tries, and the users behind it are told', async () => {
    await watchMany(40)
    const seen = new Map<string, number>()
    for (let polls = 0; polls < 400; polls++) {
      for (const { user } of await ann.poll()) seen.set(user, (seen.get(user) ?? 0) + 1)
      village.clock.advance(5000)
    }
    expect(seen.size).toBe(40)
    expect(new Set(seen.values())).toEqual(new Set([triesMax]))
    expect(slots()).toEqual([])
  })
})

describe('TransactionIDs', () => {
  /** All 999 numbers are taken by entries that were sent a moment ago. */
  async function fillUp(): Promise<void> {
    const { companionsExpireAt, epoch } = await sessionOf(ann)
    const numbers = Array.from({ length: 999 }, (_, index) => index + 1)
    for (const number of numbers) {
      const entry = { kind: 'SystemMessage', data: { id: `m${number}`, text: 'old', at: village.now() } }
      const sk = `queue#${String(number).padStart(3, '0')}`
      const more = { order: number, survivesRestore: true, epoch, expiresAt: companionsExpireAt }
      await table.put({ pk: `session#${ann.id}`, sk, schemaVersion: 1, ...entry, ...more })
    }
    const states = numbers.map((number) => [String(number), { tries: 1, sentAt: village.now() }])
    await table.update(hotKey(), { set: { inFlight: Object.fromEntries(states), serverTransactions: 999 } })
  }

  test('are not handed out while all are outstanding: news waits until one is free', async () => {
    await watchMany(2)
    await fillUp()
    const before = hot()
    expect((await ann.phone.poll()).name).toBe('nothing')
    expect(hot()).toEqual(before)
    expect(slots()).toHaveLength(2)
    // An entry is acknowledged elsewhere. Its number stands in the session until something is sent.
    for (let number = 2; number <= 999; number++)
      await table.delete({ pk: `session#${ann.id}`, sk: `queue#${String(number).padStart(3, '0')}` })
    village.clock.advance(10_000)
    expect((await ann.phone.poll()).transactionId).toBe('1')
    expect(inFlight()).toEqual(['1'])
    expect((await ann.poll()).map(({ transactionId }) => transactionId)).toEqual(['2'])
  })

  test('of news are other than those that are outstanding', async () => {
    await tell('outstanding')
    await watchMany(1)
    await table.update(hotKey(), { set: { serverTransactions: 999 } })
    const [first, second] = [await ann.phone.poll(), await ann.phone.poll()]
    expect([contentOf(first.text), first.transactionId, second.transactionId]).toEqual(['outstanding', '1', '2'])
  })
})

describe('what cannot be rendered', () => {
  /** Later than any date. */
  const brokenTime = 9e15
  const failures = () => village.lines.filter(({ event }) => event.includes('could not be rendered'))

  test('is logged and passed over: what is behind it comes, and no Poll flag sends the client round', async () => {
    await tell('broken', brokenTime)
    await tell('sound')
    const reply = await ann.phone.poll()
    expect([contentOf(reply.text), reply.message!.poll]).toEqual(['sound', false])
    expect(failures()).toHaveLength(1)
    expect((await ann.phone.acknowledge(reply.transactionId!)).name).toBe('nothing')
    expect(inFlight()).not.toContain('1')
  })

  test('is not lost: it comes when it can be rendered', async () => {
    await watchMany(2)
    const broken: Table = {
      ...table,
      get: async (key, consistent) => {
        if (key.sk.startsWith('watcher#ann#') && key.pk === `user#${(slots()[0] as unknown as Slot).accountId}`)
          throw new Error('out of order')
        return table.get(key, consistent)
      },
    }
    ann.phone.village = village.with({ table: broken })
    expect((await ann.poll()).map(({ user }) => user)).toEqual(['friend1'])
    expect(await ann.poll()).toEqual([])
    expect(failures().map(({ fields }) => fields)).toEqual([
      { error: 'Error: out of order' },
      { error: 'Error: out of order' },
    ])
    ann.phone.village = village
    expect((await ann.poll()).map(({ user }) => user)).toEqual(['friend0'])
  })

  test('leaves room in a message that holds several', async () => {
    ann.phone.version = '1.3'
    await ann.phone.request('ClientCapability-Request', { CapabilityList: { MultiTransPerMessage: 2 } })
    await tell('broken', brokenTime)
    ann.phone.version = '1.2'
    for (const text of ['one', 'two', 'three']) await tell(text)
    const { message } = await ann.phone.poll()
    expect(message!.transactions.map(({ id }) => id)).toEqual(['2', '3'])
  })
})

describe('what has become void', () => {
  test('is cleared away on the way to what has not, in one poll', async () => {
    await addVoidSlots(60)
    await tell('news')
    await watchMany(1)
    expect(contentOf((await ann.phone.poll()).text)).toBe('news')
    expect((await ann.poll()).map(({ user }) => user)).toEqual(['friend0'])
    expect(slots()).toHaveLength(1)
  })

  test('keeps no poll going for ever: about a hundred are looked at in one', async () => {
    await addVoidSlots(250)
    await watchMany(1)
    const gets: string[] = []
    const end = table.observe((operation) => {
      if (operation.call === 'get' && operation.key.pk === 'user#none') gets.push(operation.key.sk)
    })
    const reply = await ann.phone.poll()
    end()
    expect(reply.name).toBe('nothing')
    // The last lot of sixteen is not cut: one, and seven lots.
    expect(gets.length).toBe(100)
    expect(slots()).toHaveLength(251 - gets.length)
    for (let polls = 0; polls < 3 && slots().length > 1; polls++) await ann.poll()
    expect(ann.notified.map(({ user }) => user)).toEqual(['friend0'])
  })
})

describe('a question for authorisation', () => {
  let bob: Onlooker
  beforeEach(async () => {
    await ann.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    bob = await Onlooker.loggedIn(village, 'bob')
  })

  const question = async () => village.store.access.question((await sessionOf(ann)).accountId, 'bob')
  const pollOn = async () => {
    for (let polls = 0; polls < 12; polls++) {
      ann.hear(await ann.phone.poll())
      village.clock.advance(60_000)
    }
  }

  test('that is never acknowledged is given up, forgotten as told, and comes again at a restore (R13)', async () => {
    await ann.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
    await bob.subscribe(['ann'])
    expect((await question())!.told).toEqual([ann.id])
    await pollOn()
    expect(ann.asked).toEqual(Array(triesMax).fill('bob'))
    expect((await question())!.told).toEqual([])
    expect(table.items().some(({ sk }) => sk.startsWith('queue#'))).toBe(false)
    await ann.restore()
    expect((await question())!.told).toEqual([ann.id])
    expect((await ann.phone.poll()).name).toBe('PresenceAuth-Request')
  })

  test('that is acknowledged stays told, and does not come again at a restore', async () => {
    await bob.subscribe(['ann'])
    await ann.drain()
    expect((await question())!.told).toEqual([ann.id])
    await ann.restore()
    expect((await ann.phone.poll()).name).toBe('nothing')
    expect(ann.asked).toEqual(['bob'])
  })

  test('that is given up is forgotten as told for this session alone', async () => {
    await ann.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
    const other = new Onlooker(village, 'ann', { client: 'another' })
    await other.phone.login()
    await other.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    await bob.subscribe(['ann'])
    await other.drain()
    expect((await question())!.told.toSorted()).toEqual([ann.id, other.id].toSorted())
    await pollOn()
    expect((await question())!.told).toEqual([other.id])
  })

  test('remembers the last ten sessions that it was put to', async () => {
    await bob.subscribe(['ann'])
    const sessions = [ann.id]
    for (let number = 0; number < 11; number++) {
      const phone = new Phone(village, { client: `client ${number}` })
      await phone.login()
      await phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
      sessions.push(phone.sessionId!)
    }
    expect((await question())!.told).toEqual(sessions.slice(-10))
  })

  describe('is answered by PresenceAuth-User in mode Response', () => {
    const answer = (id: string) =>
      ann.phone.request('PresenceAuth-User', { UserID: 'wv:bob', Acceptance: 'T' }, { id, mode: 'Response' })
    const queue = () =>
      table.items().flatMap(({ pk, sk, kind }) => (pk === `session#${ann.id}` && sk.startsWith('queue#') ? [kind] : []))

    test('which acknowledges it', async () => {
      await bob.subscribe(['ann'])
      const { transactionId } = await ann.phone.poll()
      expect((await answer(transactionId!)).code).toBe(200)
      expect(queue()).toEqual([])
    })

    test('which acknowledges nothing of another kind', async () => {
      await tell('news')
      const { transactionId } = await ann.phone.poll()
      expect((await answer(transactionId!)).code).toBe(200)
      expect(queue()).toEqual(['SystemMessage'])
      await ann.phone.acknowledge(transactionId!)
      expect(queue()).toEqual([])
    })

    test('which acknowledges no news of presence', async () => {
      await watchMany(1)
      const { transactionId } = await ann.phone.poll()
      expect((await answer(transactionId!)).code).toBe(200)
      expect(slots()).toHaveLength(1)
    })
  })
})

describe('an acknowledgement', () => {
  test.each(['', 'abc', '1e0', '0x1', '1.0', '-1', '+1', ' 1 x', '1,2', '1000', '0', '__proto__', 'toString', '٣'])(
    'of what is no number of a transaction, %j, does nothing',
    async (id) => {
      await tell('news')
      await watchMany(1)
      const first = await ann.phone.poll()
      const second = await ann.phone.poll()
      expect([first.transactionId, second.transactionId]).toEqual(['1', '2'])
      const before = hot()
      const reply = await ann.phone.acknowledge(id)
      expect([reply.http.status, reply.name]).toEqual([200, 'nothing'])
      expect(hot()).toEqual(before)
      expect(slots()).toHaveLength(1)
      expect(table.items().filter(({ sk }) => sk.startsWith('queue#'))).toHaveLength(1)
      expect(village.lines.filter(({ event }) => event.includes('failed'))).toEqual([])
    },
  )

  test('of news with leading zeros is one', async () => {
    await watchMany(1)
    await ann.phone.poll()
    await ann.phone.acknowledge('001')
    expect(slots()).toEqual([])
  })
})

describe('what a client can parse', () => {
  const lets = { OnlineStatus: '', CommCap: '', StatusText: '', FreeTextLocation: '', Alias: '' }
  const capabilities = (ParserSize: number) => ({ CapabilityList: { ClientType: 'MOBILE_PHONE', ParserSize } })

  /** bob says much; ann, who can parse so many bytes, is told of it. */
  async function told(version: '1.1' | '1.2' | '1.3', parserSize: number) {
    const bob = await Onlooker.loggedIn(village, 'bob', { version })
    await bob.phone.request('CreateAttributeList-Request', { DefaultList: 'T', PresenceSubList: lets })
    const values = { StatusText: '&'.repeat(1000), FreeTextLocation: 'x'.repeat(900), Alias: '\u20ac <' }
    for (const [name, PresenceValue] of Object.entries(values))
      expect((await bob.update({ [name]: { Qualifier: 'T', PresenceValue } })).code).toBe(200)
    const small = await Onlooker.loggedIn(village, 'cat', { version })
    expect((await small.phone.request('ClientCapability-Request', capabilities(parserSize))).name).toMatch(/Response/)
    await small.subscribe(['bob'])
    const reply = await small.phone.poll()
    return {
      bytes: Buffer.byteLength(reply.text),
      names: notificationsIn(reply)[0]!.told.map(([name]) => name.replace(/ of .*/, '')),
    }
  }

  test.each(['1.1', '1.2', '1.3'] as const)('in %s: everything, when it just fits', async (version) => {
    const whole = await told(version, 100_000)
    expect(whole.names).toEqual(Object.keys(lets).sort((a, b) => whole.names.indexOf(a) - whole.names.indexOf(b)))
    // The longest TransactionID that there can be has three digits.
    expect(await told(version, whole.bytes + 2)).toEqual(whole)
  })

  test.each(['1.1', '1.2', '1.3'] as const)('in %s: otherwise what phones need, and never more', async (version) => {
    const whole = await told(version, 100_000)
    for (const size of [whole.bytes - 1, 3000, 1800, 1400, 1024]) {
      const { bytes, names } = await told(version, size)
      expect(bytes).toBeLessThanOrEqual(size)
      expect(names).toContain('OnlineStatus')
      expect(names).not.toContain('StatusText')
      if (size >= 1400) expect(names).toEqual(expect.arrayContaining(['CommCap', 'Alias']))
      expect(names.includes('FreeTextLocation')).toBe(size >= 3000)
    }
  })
})
