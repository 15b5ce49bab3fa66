import { beforeAll, describe, expect, test } from 'vitest'
import { client, hotItem, over } from '../messaging/stage.ts'
import { justBefore } from '../support/justBefore.ts'
import type { Phone, Reply } from '../support/phone.ts'
import { type Crowd, copyOf, crowd, dying, heardByAll, logOf, sweepOnce, textIn, toBeHeard } from './crowd.ts'
import { fetch, GroupID, join, leave, properties, say, standing } from './stage.ts'

// Two requests at the same time: one in the middle of the other, wherever that is; or several step by step.

type Act = (at: Crowd) => Promise<Reply>

/** ann, w1 … w6; those from w2 on have left. */
let of: Crowd
beforeAll(async () => {
  of = await crowd(7)
  for (const phone of of.all.slice(2)) await leave(phone)
})

interface Both {
  readonly at: Crowd
  readonly outer: Reply
  readonly inner: Reply
  readonly story: string
}

/** One request, and in the middle of it another: before each of its calls, each time in a copy of the group. */
async function* eachWay(
  start: Crowd,
  who: number,
  outer: (phone: Phone) => Promise<Reply>,
  inner: Act,
): AsyncGenerator<Both> {
  const whole = await copyOf(start)
  const { phone, invocation } = dying(whole, whole.all[who]!, () => undefined)
  await outer(phone)
  expect(invocation.calls).toBeGreaterThan(3)
  for (let nth = 1; nth <= invocation.calls; nth++) {
    const at = await copyOf(start)
    let other: Reply | undefined
    const act = async () => {
      other = await inner(at)
    }
    const reply = await outer(
      over(
        at.all[who]!,
        at,
        justBefore(at.table, () => true, act, nth),
      ),
    )
    yield { at, outer: reply, inner: other!, story: `before call ${nth}` }
  }
}

const hasJoined = ({ name }: Reply): boolean => name === 'JoinGroup-Response'
const placesOf = (at: Crowd, phone: Phone) => Object.keys(hotItem(at, phone).groups ?? {})
const UserList = { User: { UserID: 'wv:w2' } }
const reject = (phone: Phone) => phone.request('RejectList-Request', { GroupID, AddList: UserList })
const remove = (phone: Phone) => phone.request('DeleteGroup-Request', { GroupID })

describe('a screen name that two want at the same time', () => {
  test('is that of one of them, and the other does not come in', async () => {
    for await (const { at, outer, inner, story } of eachWay(
      of,
      2,
      (phone) => join(phone, 'star'),
      ({ all }) => join(all[3]!, 'Star'),
    )) {
      expect([outer, inner].filter(hasJoined), story).toHaveLength(1)
      expect([outer.code, inner.code], story).toContain(811)
      expect(standing(at), story).toHaveLength(3)
      expect(placesOf(at, at.all[hasJoined(outer) ? 3 : 2]!), story).toEqual([])
    }
  })

  test('by a change of it, is that of one of them', async () => {
    for await (const { at, outer, inner, story } of eachWay(
      of,
      1,
      (phone) => join(phone, 'star'),
      ({ all }) => join(all[0]!, 'star'),
    )) {
      expect([outer, inner].filter(hasJoined), story).toHaveLength(1)
      expect([outer.code, inner.code], story).toContain(811)
      expect(standing(at).filter(({ screenName }) => screenName === 'star')).toHaveLength(1)
    }
  })

  test('of five step by step is that of one of them', async () => {
    const at = await copyOf(of)
    const replies = await Promise.all(at.all.slice(2).map((phone) => join(phone, 'star')))
    expect(replies.filter(hasJoined)).toHaveLength(1)
    expect(replies.filter(({ code }) => code === 811)).toHaveLength(4)
    expect(standing(at)).toHaveLength(3)
  })
})

describe('the group is removed while somebody joins, or the other way round: he is told so, or was not let in', () => {
  async function expectGone({ at, story }: Both, joined: Reply): Promise<void> {
    const told = await fetch(at.all[2]!)
    if (hasJoined(joined)) expect(told, story).toEqual(['LeaveGroup-Response'])
    // 503 where it was seen that he had no place any more, and not yet why: he goes again, and hears.
    else expect([800, 503], story).toContain(joined.code)
    expect((await join(at.all[2]!)).code, story).toBe(800)
    expect(placesOf(at, at.all[2]!), story).toEqual([])
    await sweepOnce(at)
    const left = at.table.items().filter(({ pk, sk }) => /^(room|group)#/.test(pk) && !sk.startsWith('log#'))
    expect(left, story).toEqual([])
  }

  test('a removal within a join', async () => {
    for await (const both of eachWay(of, 2, join, ({ all }) => remove(all[0]!))) {
      expect(both.inner.code, both.story).toBe(200)
      await expectGone(both, both.outer)
    }
  })

  test('a join within a removal', async () => {
    for await (const both of eachWay(of, 0, remove, ({ all }) => join(all[2]!))) {
      expect(both.outer.code, both.story).toBe(200)
      await expectGone(both, both.inner)
    }
  })
})

describe('somebody is rejected while he joins, or the other way round: he is not in', () => {
  async function expectOut({ at, story }: Both, joined: Reply): Promise<void> {
    const told = await fetch(at.all[2]!)
    if (!hasJoined(joined)) expect([809, 503], story).toContain(joined.code)
    else expect(told, story).toEqual(['LeaveGroup-Response'])
    expect(standing(at), story).toHaveLength(2)
    expect(placesOf(at, at.all[2]!), story).toEqual([])
    expect((await join(at.all[2]!)).code, story).toBe(809)
    await say(at.all[0]!, 'secret')
    await at.all[2]!.request('KeepAlive-Request')
    expect(await fetch(at.all[2]!), story).toEqual([])
    expect(hasJoined(await join(at.all[3]!, 'w2')), story).toBe(true)
  }

  test('a rejection within a join', async () => {
    for await (const both of eachWay(of, 2, join, ({ all }) => reject(all[0]!))) await expectOut(both, both.outer)
  })

  test('a join within a rejection', async () => {
    for await (const both of eachWay(of, 0, reject, ({ all }) => join(all[2]!))) await expectOut(both, both.inner)
  })
})

describe('several say something at the same time', () => {
  test('each within the other: two numbers, and all hear both in the same order', async () => {
    for await (const { at, story } of eachWay(
      of,
      0,
      (phone) => say(phone, 'one'),
      ({ all }) => say(all[1]!, 'two'),
    )) {
      await join(at.all[2]!)
      const texts = logOf(at)
        .filter(({ kind }) => kind === 'message')
        .map(textIn)
      expect(texts.sort(), story).toEqual(['one', 'two'])
      expect((await heardByAll(at)).slice(0, 3), story).toEqual([['two'], ['one'], []])
    }
  })

  test('seven of them, step by step: nothing is lost, said twice or out of its speaker’s order', async () => {
    const at = await copyOf(of)
    for (const phone of at.all.slice(2)) await join(phone)
    const before = logOf(at).length
    const speak = async (phone: Phone, speaker: number) => {
      for (let number = 0; number < 4; number++) expect((await say(phone, `${speaker} ${number}`)).code).toBe(200)
    }
    const early = at.all.map((): string[] => [])
    const listen = async (phone: Phone, place: number) => {
      for (let time = 0; time < 2; time++) early[place]!.push(...(await fetch(phone)))
    }
    await Promise.all([...at.all.map(speak), ...at.all.map(listen)])
    const said = logOf(at).slice(before)
    expect(said).toHaveLength(7 * 4)
    const numbers = said.map(({ sk }) => Number(sk.slice('log#'.length)))
    expect(numbers).toEqual(numbers.map((_, place) => numbers[0]! + place))
    for (let speaker = 0; speaker < 7; speaker++) {
      const own = said.map(textIn).filter((text) => text.startsWith(`${speaker} `))
      expect(own).toEqual([0, 1, 2, 3].map((number) => `${speaker} ${number}`))
    }
    const late = await heardByAll(at)
    expect(early.map((one, place) => [...one, ...late[place]!])).toEqual(toBeHeard(at, said))
  })
})

describe('one more may come in (MaxActiveUsers)', () => {
  let full: Crowd
  beforeAll(async () => {
    full = await copyOf(of)
    await full.all[0]!.request('SetGroupProps-Request', {
      GroupID,
      GroupProperties: properties({ MaxActiveUsers: '3' }),
    })
  })

  test('of two at the same time no more than one does', async () => {
    for await (const { at, outer, inner, story } of eachWay(full, 2, join, ({ all }) => join(all[3]!))) {
      const replies = [outer, inner]
      const come = replies.filter(hasJoined).length
      expect(come, story).toBeLessThanOrEqual(1)
      expect(
        replies.filter(({ code }) => code === 817),
        story,
      ).toHaveLength(2 - come)
      expect(standing(at), story).toHaveLength(2 + come)
    }
  })

  test('of five step by step no more than one does, and whoever was not let in leaves nothing behind', async () => {
    const at = await copyOf(full)
    const replies = await Promise.all(at.all.slice(2).map((phone) => join(phone)))
    const come = replies.filter(hasJoined).length
    expect(come).toBeLessThanOrEqual(1)
    expect(replies.filter(({ code }) => code === 817)).toHaveLength(5 - come)
    expect(standing(at)).toHaveLength(2 + come)
    expect(at.table.items().filter(({ sk }) => sk.startsWith('name#'))).toHaveLength(2 + come)
    const places = at.all.flatMap((phone) => placesOf(at, phone))
    expect(places).toHaveLength(2 + come)
    // The room that is left, or becomes free, is for whoever comes then.
    if (come > 0) await leave(at.all[2 + replies.findIndex(hasJoined)]!)
    expect(hasJoined(await join(at.all[6]!))).toBe(true)
    expect((await join(at.all[5]!)).code).toBe(817)
  })
})

describe('two make a group of the same name at the same time', () => {
  const content = { GroupID: 'wv:ann/new', GroupProperties: properties({ Name: 'new' }), JoinGroup: true }
  const creates = (phone: Phone, id = 'create') =>
    phone.request('CreateGroup-Request', { ...content, SubscribeNotification: false }, { id })
  let two: Phone
  let start: Crowd
  beforeAll(async () => {
    const at = await copyOf(of)
    two = await client(at, 'ann', { client: 'another' })
    start = { ...at, all: [...at.all, two] }
  })

  test('in two sessions: one has made it, the other hears that it is there', async () => {
    for await (const { at, outer, inner, story } of eachWay(start, 0, creates, ({ all }) => creates(all[7]!))) {
      expect([outer.code, inner.code].sort(), story).toEqual([200, 801])
      const joined = standing(at).filter(({ sk }) =>
        [at.all[0]!, two].some(({ sessionId }) => sk === `joined#${sessionId}`),
      )
      expect(joined, story).toHaveLength(2)
    }
  })

  test('in one session by the same request, sent twice: it is made, and joined, once', async () => {
    for await (const { at, outer, inner, story } of eachWay(start, 0, creates, ({ all }) => creates(all[0]!))) {
      expect(inner.code, story).toBe(200)
      // Of two joins of a session at the same time one may have to go again.
      expect([200, 503], story).toContain(outer.code)
      expect((await creates(at.all[0]!)).code, story).toBe(200)
      expect(standing(at), story).toHaveLength(3)
      expect(
        hasJoined(await two.request('JoinGroup-Request', { GroupID: 'wv:ann/new', JoinedRequest: false })),
        story,
      ).toBe(false)
    }
  })
})
