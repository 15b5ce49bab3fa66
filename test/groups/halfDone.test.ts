import { beforeAll, describe, expect, test } from 'vitest'
import type { Phone, Reply } from '../support/phone.ts'
import { atCall, type Crowd, copyOf, crowd, dying, heardByAll, logOf, sayAs, sweepOnce } from './crowd.ts'
import { fetch, GroupID, join, leave, properties, say, standing } from './stage.ts'

// Calls that die anywhere, and are repeated by the client under the same TransactionID, or are not and the sweeper comes
// by: then what was asked for is done, or nothing is, and all agree which.

type Act = (phone: Phone, id: string) => Promise<Reply>

/** How many calls it takes when nothing happens. */
async function callsOf(of: Crowd, who: number, act: Act): Promise<number[]> {
  const at = await copyOf(of)
  const { phone, invocation } = dying(at, at.all[who]!, () => undefined)
  await act(phone, 'whole')
  return Array.from({ length: invocation.calls }, (_, call) => call + 1)
}

/** A call that dies before its n-th call, in a copy of the group. */
async function dead(of: Crowd, who: number, act: Act, nth: number): Promise<Crowd> {
  const at = await copyOf(of)
  const { phone, invocation } = dying(at, at.all[who]!, atCall(nth, 'crashBefore'))
  await act(phone, 'once')
  expect(invocation.crashed).toBe(true)
  return at
}

async function sweepOften(at: Crowd): Promise<void> {
  for (let time = 0; time < 3; time++) await sweepOnce(at)
}

/** The screen names of all who are joined, as the others see them. */
async function namesIn(at: Crowd): Promise<string[]> {
  const { primitive } = await at.all[0]!.request('GetJoinedUsers-Request', { GroupID })
  return [...JSON.stringify(primitive).matchAll(/"SName".*?"rawText":"(.*?)"/g)].map(([, name]) => name!)
}

const isThere = ({ name, code }: Reply) => name === 'JoinGroup-Response' || code === 200
const kindsOf = (at: Crowd) => logOf(at).map(({ kind }) => kind)

/** What is left of groups but what they have said, which goes with time. */
const leftOf = ({ table }: Crowd) =>
  table.items().filter(({ pk, sk }) => /^(room|group)#/.test(pk) && !sk.startsWith('log#'))

/** ann, who is told who comes and goes, w1, and w2 who has left again. */
let of: Crowd
beforeAll(async () => {
  of = await crowd(3)
  await of.all[0]!.request('SubscribeGroupNotice-Request', { GroupID, SubscribeType: 'S' })
  await leave(of.all[2]!)
  await heardByAll(of)
})

const ask =
  (name: string, content: Parameters<Phone['request']>[1]): Act =>
  (phone, id) =>
    phone.request(name, content, { id })

describe('JoinGroup', () => {
  const joins = ask('JoinGroup-Request', { GroupID, JoinedRequest: true, SubscribeNotification: false })

  test('repeated lets it in, and others are told so once', async () => {
    for (const nth of await callsOf(of, 2, joins)) {
      const at = await dead(of, 2, joins, nth)
      expect((await joins(at.all[2]!, 'once')).name, `before ${nth}`).toBe('JoinGroup-Response')
      await sweepOften(at)
      expect(await namesIn(at)).toHaveLength(3)
      await say(at.all[1]!, 'hello')
      at.village.clock.advance(1_800_000)
      expect((await heardByAll(at, true)).map(String), `before ${nth}`).toEqual([
        'GroupChangeNotice,hello',
        '',
        'hello',
      ])
    }
  })

  test('not repeated has let it in, or has not: whoever is listed hears, speaks and has his name', async () => {
    const seen = new Set<boolean>()
    for (const nth of await callsOf(of, 2, joins)) {
      const at = await dead(of, 2, joins, nth)
      await sweepOften(at)
      const isListed = (await namesIn(at)).includes('w2')
      seen.add(isListed)
      await say(at.all[1]!, 'hello')
      expect((await heardByAll(at, true))[2], `before ${nth}`).toEqual(isListed ? ['hello'] : [])
      expect((await say(at.all[2]!, 'me too')).code, `before ${nth}`).toBe(isListed ? 200 : 808)
      expect(isThere(await join(at.all[1]!, 'W2')), `before ${nth}`).toBe(!isListed)
      expect((await join(at.all[2]!, 'other')).name, `before ${nth}`).toBe('JoinGroup-Response')
      expect(standing(at)).toHaveLength(3)
    }
    expect(seen.size).toBe(2)
  })
})

describe('another screen name, not repeated, is the one before or the new one: as all see', () => {
  const renames = ask('JoinGroup-Request', {
    GroupID,
    ScreenName: { SName: 'star', GroupID },
    JoinedRequest: false,
    SubscribeNotification: false,
  })

  test('and the other is free', async () => {
    const seen = new Set<string>()
    for (const nth of await callsOf(of, 1, renames)) {
      const at = await dead(of, 1, renames, nth)
      await sweepOften(at)
      const name = (await namesIn(at)).find((one) => one !== 'ann')!
      seen.add(name)
      expect((await join(at.all[2]!, name)).code, `before ${nth}`).toBe(811)
      const free = name === 'star' ? 'w1' : 'star'
      expect((await join(at.all[2]!, free)).name, `before ${nth}`).toBe('JoinGroup-Response')
      expect((await namesIn(at)).sort()).toEqual(['ann', 'star', 'w1'])
    }
    expect(seen).toEqual(new Set(['w1', 'star']))
  })
})

describe('CreateGroup', () => {
  const NewID = 'wv:w1/new'
  const content = { GroupID: NewID, GroupProperties: properties({ Name: 'new' }), JoinGroup: true }
  const creates = ask('CreateGroup-Request', { ...content, SubscribeNotification: false })
  const invited = { GroupID: NewID, JoinedRequest: false, SubscribeNotification: false }
  const saysThere = (phone: Phone, ContentData: string) =>
    phone.request('SendMessage-Request', {
      DeliveryReport: false,
      MessageInfo: { Recipient: { Group: { GroupID: NewID } } },
      ContentData,
    })

  test('repeated has made it, and its creator is joined', async () => {
    for (const nth of await callsOf(of, 1, creates)) {
      const at = await dead(of, 1, creates, nth)
      expect((await creates(at.all[1]!, 'once')).code, `before ${nth}`).toBe(200)
      expect((await at.all[2]!.request('JoinGroup-Request', invited)).name).toBe('JoinGroup-Response')
      expect((await saysThere(at.all[2]!, 'hello')).code).toBe(200)
      expect(await fetch(at.all[1]!), `before ${nth}`).toEqual(['hello'])
      expect(logOf(at).filter(({ kind }) => kind === 'joined')).toHaveLength(3 + 2)
      expect((await creates(at.all[1]!, 'another')).code).toBe(801)
    }
  })

  test('not repeated has made it, or has not; either way its creator can make it and remove it', async () => {
    for (const nth of await callsOf(of, 1, creates)) {
      const at = await dead(of, 1, creates, nth)
      await sweepOften(at)
      const isMade = at.table.items().some(({ pk }) => pk === 'group#w1/new')
      expect((await creates(at.all[1]!, 'another')).code, `before ${nth}`).toBe(isMade ? 801 : 200)
      expect((await at.all[2]!.request('JoinGroup-Request', invited)).name).toBe('JoinGroup-Response')
      const removed = await at.all[1]!.request('DeleteGroup-Request', { GroupID: NewID })
      expect(removed.code, `before ${nth}`).toBe(200)
      expect(await fetch(at.all[2]!)).toEqual(['LeaveGroup-Response'])
      expect(new Set(leftOf(at).map(({ pk }) => pk)).size, `before ${nth}`).toBe(2)
      expect((await creates(at.all[1]!, 'once more')).code).toBe(200)
    }
  })
})

describe('DeleteGroup', () => {
  const deletes = ask('DeleteGroup-Request', { GroupID })

  test('repeated removes it, and those who were joined are told once', async () => {
    for (const nth of await callsOf(of, 0, deletes)) {
      const at = await dead(of, 0, deletes, nth)
      // 800 where it is on its way out.
      expect([200, 800], `before ${nth}`).toContain((await deletes(at.all[0]!, 'once')).code)
      expect((await join(at.all[2]!)).code).toBe(800)
      await sweepOften(at)
      expect(leftOf(at), `before ${nth}`).toEqual([])
      expect((await heardByAll(at, true)).slice(1), `before ${nth}`).toEqual([['LeaveGroup-Response'], []])
    }
  })

  test('not repeated has removed it, or has not; also when the sweeper dies', async () => {
    const calls = await callsOf(of, 0, deletes)
    let removed = 0
    for (const nth of calls) {
      const at = await dead(of, 0, deletes, nth)
      const sweeper = dying(at, at.all[0]!, atCall(8 + nth, 'crashBefore')).invocation
      await sweepOnce(at, sweeper).catch(() => undefined)
      await sweepOften(at)
      const isThereStill = (await say(at.all[1]!, 'hello')).code === 200
      removed += Number(!isThereStill)
      expect(leftOf(at).length > 0, `before ${nth}`).toBe(isThereStill)
      expect((await heardByAll(at, true))[1], `before ${nth}`).toEqual(isThereStill ? [] : ['LeaveGroup-Response'])
      const Again = { GroupID, GroupProperties: properties({ Name: 'again' }), JoinGroup: true }
      const again = await at.all[0]!.request('CreateGroup-Request', { ...Again, SubscribeNotification: false })
      expect(again.code, `before ${nth}`).toBe(isThereStill ? 801 : 200)
    }
    expect(removed).toBeGreaterThan(5)
  })
})

describe('RejectList', () => {
  const rejects = ask('RejectList-Request', { GroupID, AddList: { User: { UserID: 'wv:w1' } } })

  test('repeated has put him out: he and the others are told so once', async () => {
    for (const nth of await callsOf(of, 0, rejects)) {
      const at = await dead(of, 0, rejects, nth)
      expect((await rejects(at.all[0]!, 'once')).name, `before ${nth}`).toBe('RejectList-Response')
      await sweepOften(at)
      expect(await namesIn(at)).toEqual(['ann'])
      expect(await heardByAll(at, true), `before ${nth}`).toEqual([['GroupChangeNotice'], ['LeaveGroup-Response'], []])
      expect(kindsOf(at).filter((kind) => kind === 'left')).toHaveLength(1 + 1)
      expect((await join(at.all[1]!)).code).toBe(809)
      expect((await join(at.all[2]!, 'w1')).name).toBe('JoinGroup-Response')
    }
  })
})

describe('a session that ends while its call dies', () => {
  const logsOut = ask('Logout-Request', {})

  test('has left when the sweeper has come by, and others are told so once', async () => {
    for (const nth of await callsOf(of, 1, logsOut)) {
      const at = await dead(of, 1, logsOut, nth)
      const isOver = (await at.all[1]!.request('KeepAlive-Request')).code !== 200
      await sweepOften(at)
      expect(await namesIn(at), `before ${nth}`).toEqual(isOver ? ['ann'] : ['ann', 'w1'])
      at.village.clock.advance(1_800_000)
      const heard = [...(await fetch(at.all[0]!)), ...(await fetch(at.all[0]!))]
      expect(heard, `before ${nth}`).toEqual(isOver ? ['GroupChangeNotice'] : [])
      expect(isThere(await join(at.all[2]!, 'w1')), `before ${nth}`).toBe(isOver)
    }
  })
})

test('what somebody said who has left since, his call dead, is said when he repeats it, and to all once', async () => {
  const said: Act = (phone, id) => sayAs(phone, 'bye', id)
  for (const nth of await callsOf(of, 1, said)) {
    const at = await dead(of, 1, said, nth)
    const isDecided = at.table.items().some(({ pk }) => pk.startsWith('sent#'))
    await leave(at.all[1]!)
    expect((await said(at.all[1]!, 'once')).code, `before ${nth}`).toBe(isDecided ? 200 : 808)
    const heard = (await heardByAll(at, true))[0]!.filter((one) => one === 'bye')
    expect(heard, `before ${nth}`).toEqual(isDecided ? ['bye'] : [])
  }
})
