import { describe, expect, test } from 'vitest'
import { client, hotItem, over, stage } from '../messaging/stage.ts'
import type { Reply } from '../support/phone.ts'
import {
  autoJoin,
  create,
  dyingBefore,
  fetch,
  GroupID,
  join,
  leave,
  meanwhile,
  properties,
  say,
  standing,
  startsWith,
  three,
} from './stage.ts'

// Joining while something else happens, or the call dies; and who may not come in.

const isJoined = startsWith('joined#')
const joins = (reply: Reply | undefined): boolean => reply?.name === 'JoinGroup-Response'

describe('a screen name', () => {
  test('goes to one of two users who want it at the same time', async () => {
    const { at, ann, bob, cy } = await three()
    await create(ann)
    let other: Reply | undefined
    const act = async () => {
      other = await join(cy, 'nick')
    }
    expect(joins(await join(over(bob, at, meanwhile(at, 'put', isJoined, act)), 'nick'))).toBe(true)
    expect(other!.code).toBe(811)
    expect(standing(at).filter(({ screenName }) => screenName === 'nick')).toHaveLength(1)
  })

  test('that a call has taken which died is free again after a while', async () => {
    const { at, ann, bob, cy } = await three()
    await create(ann)
    const die = () => Promise.reject(new Error('dead'))
    await join(over(bob, at, meanwhile(at, 'put', isJoined, die)), 'nick')
    expect((await join(cy, 'nick')).code).toBe(811)
    at.village.clock.advance(61_000)
    expect(joins(await join(cy, 'nick'))).toBe(true)
  })
})

describe('a screen name that two sessions of a user have', () => {
  test('is his until the last of them has gone, though the sweeper has not come by', async () => {
    const { at, ann, bob, cy } = await three()
    await create(ann)
    await join(bob, 'nick')
    const short = await client(at, 'bob', { client: 'short', timeToLive: 300 })
    await join(short, 'nick')
    at.village.clock.advance(500_000)
    expect((await bob.request('KeepAlive-Request')).code).toBe(200)
    expect((await cy.request('KeepAlive-Request')).code).toBe(200)
    expect((await join(cy, 'Nick')).code).toBe(811)
    await leave(bob)
    expect(joins(await join(cy, 'Nick'))).toBe(true)
  })

  test('is left to nobody when both leave at the same time', async () => {
    const { at, ann, bob } = await three()
    await create(ann)
    const another = await client(at, 'bob', { client: 'another' })
    await join(another, 'nick')
    await join(bob, 'nick')
    await leave(
      over(
        bob,
        at,
        meanwhile(at, 'update', startsWith('name#'), () => leave(another)),
      ),
    )
    expect(standing(at)).toHaveLength(1)
    expect(at.table.items().filter(({ sk, user }) => sk.startsWith('name#') && user === 'bob')).toEqual([])
  })
})

test('a rejected user whom the dead call has not put out is put out when he joins again', async () => {
  const { at, ann, bob } = await three()
  await create(ann)
  await join(bob)
  const die = () => Promise.reject(new Error('dead'))
  const AddList = { User: { UserID: 'wv:bob' } }
  const dying = over(ann, at, meanwhile(at, 'update', isJoined, die))
  expect((await dying.request('RejectList-Request', { GroupID, AddList })).code).toBe(500)
  expect(standing(at)).toHaveLength(2)
  expect((await join(bob)).code).toBe(809)
  expect(standing(at)).toHaveLength(1)
  expect(await fetch(bob)).toEqual(['LeaveGroup-Response'])
})

describe('whoever joins in that moment is not in when', () => {
  test('he is rejected', async () => {
    const { at, ann, bob } = await three()
    await create(ann)
    const reject = () =>
      ann.request('RejectList-Request', { GroupID: 'wv:ann/room', AddList: { User: { UserID: 'wv:bob' } } })
    expect((await join(over(bob, at, meanwhile(at, 'put', isJoined, reject)))).code).toBe(809)
    expect(standing(at)).toHaveLength(1)
  })

  test('he is no member of the restricted group any more', async () => {
    const { at, ann, bob } = await three()
    await create(ann, { Accesstype: 'Restricted' })
    const UserList = { User: { UserID: 'wv:bob' } }
    await ann.request('AddGroupMembers-Request', { GroupID: 'wv:ann/room', UserList })
    const remove = () => ann.request('RemoveGroupMembers-Request', { GroupID: 'wv:ann/room', UserList })
    expect((await join(over(bob, at, meanwhile(at, 'put', isJoined, remove)))).code).toBe(803)
    expect(standing(at)).toHaveLength(1)
  })

  test('the last room is taken', async () => {
    const { at, ann, bob, cy } = await three()
    await create(ann, { MaxActiveUsers: '2' })
    const act = () => join(cy)
    expect((await join(over(bob, at, meanwhile(at, 'put', isJoined, act)))).code).toBe(817)
    expect(standing(at)).toHaveLength(2)
  })
})

test('of many who come at the same time as many get in as there is room for', async () => {
  const users = Array.from({ length: 10 }, (_, index) => `u${index}`)
  const at = await stage(['ann', ...users])
  await create(await client(at, 'ann'), { MaxActiveUsers: '6' })
  const phones = await Promise.all(users.map((user) => client(at, user)))
  const replies = await Promise.all(phones.map((phone) => join(phone)))
  expect(replies.filter(joins)).toHaveLength(5)
  expect(new Set(replies.filter((reply) => !joins(reply)).map(({ code }) => code))).toEqual(new Set([817]))
  expect(standing(at)).toHaveLength(6)
})

test('what a user says of himself counts in each of his sessions', async () => {
  const { at, ann, bob, cy } = await three()
  await create(ann)
  const another = await client(at, 'bob', { client: 'another' })
  const own = (values: Record<string, string>) => ({ OwnProperties: properties(values) })
  await join(bob, 'one')
  await join(another, 'two', own({ ShowID: 'T' }))
  await join(cy)
  const seen = async () => (await cy.request('GetJoinedUsers-Request', { GroupID })).text.match(/wv:bob</g)?.length ?? 0
  expect(await seen()).toBe(2)
  await bob.request('SetGroupProps-Request', { GroupID, ...own({ ShowID: 'F', PrivateMessaging: 'F' }) })
  expect(await seen()).toBe(0)
  expect(standing(at).filter(({ user, privateMessaging }) => user === 'bob' && !privateMessaging)).toHaveLength(2)
})

test('who is joined when a group becomes restricted stays, and joins again', async () => {
  const { ann, bob, cy } = await three()
  await create(ann)
  await join(bob)
  await ann.request('SetGroupProps-Request', { GroupID, GroupProperties: properties({ Accesstype: 'Restricted' }) })
  expect(joins(await join(bob))).toBe(true)
  expect((await join(cy)).code).toBe(803)
})

test('MaxActiveUsers counts users, whatever their names in several sessions', async () => {
  const { at, ann, bob, cy } = await three()
  await create(ann, { MaxActiveUsers: '3' })
  await join(bob, 'one')
  await join(await client(at, 'bob', { client: 'another' }), 'two')
  expect(joins(await join(cy))).toBe(true)
})

test('of two requests of one session at the same time one joins, and keeps its screen name', async () => {
  const { at, ann, bob, cy } = await three()
  await create(ann)
  let other: Reply | undefined
  const act = async () => {
    other = await join(bob, 'nick')
  }
  const one = await join(over(bob, at, meanwhile(at, 'put', isJoined, act)), 'nick')
  expect([joins(one), joins(other)].filter(Boolean)).toHaveLength(1)
  expect(standing(at)).toHaveLength(2)
  at.village.clock.advance(100_000)
  expect((await join(cy, 'nick')).code).toBe(811)
  await say(ann, 'hello')
  expect(await fetch(bob)).toEqual(['hello'])
})

test('a session that is restored meanwhile is not said to be over', async () => {
  const { at, ann, bob } = await three()
  await create(ann)
  const restore = () => bob.login({ sessionId: bob.sessionId! })
  expect((await join(over(bob, at, meanwhile(at, 'put', startsWith('name#'), restore)))).code).toBe(503)
  expect(joins(await join(bob))).toBe(true)
})

test('a session of an earlier release joins two groups at the same time', async () => {
  const { at, ann, bob } = await three()
  await create(ann)
  const another = { GroupID: 'wv:ann/two', JoinedRequest: false, SubscribeNotification: false }
  await ann.request('CreateGroup-Request', { ...another, GroupProperties: properties({ Name: 'x' }), JoinGroup: false })
  await at.table.update({ pk: `session#${bob.sessionId}`, sk: 'hot' }, { remove: ['groups'] })
  let other: Reply | undefined
  const act = async () => {
    other = await bob.request('JoinGroup-Request', another)
  }
  const isHot = (sk: string) => sk === 'hot'
  expect(joins(await join(over(bob, at, meanwhile(at, 'update', isHot, act, 2))))).toBe(true)
  expect(joins(other)).toBe(true)
})

test('a session is in a hundred groups and no more (814)', async () => {
  const at = await stage(['ann', 'bob'], { environment: { IMPS_GROUPS_MAX: '200' } })
  const ann = await client(at, 'ann')
  const bob = await client(at, 'bob')
  const codes: (number | undefined)[] = []
  for (let number = 0; number <= 100; number++) {
    const group = { GroupID: `wv:ann/g${number}`, JoinedRequest: false, SubscribeNotification: false }
    await ann.request('CreateGroup-Request', { ...group, GroupProperties: properties({ Name: 'x' }), JoinGroup: false })
    codes.push((await bob.request('JoinGroup-Request', group)).code)
  }
  expect(codes.filter((code) => code !== undefined)).toEqual([814])
  expect(codes.at(-1)).toBe(814)
  expect(Object.keys(hotItem(at, bob).groups!)).toHaveLength(100)
})

describe('R12: AutoJoin after a Service-Request that died on the way', () => {
  test.each([...Array(30).keys()])('before its call %i', async (calls) => {
    const { at, ann, bob } = await three()
    await create(ann, {}, { SubscribeNotification: true })
    await join(bob, undefined, autoJoin)
    await bob.request('Logout-Request')
    await fetch(ann)
    await bob.login()
    const agree = {
      Functions: { WVCSPFeat: { FundamentalFeat: '', GroupFeat: '', IMFeat: '' } },
      AllFunctionsRequest: false,
    }
    await over(bob, at, dyingBefore(at.table, calls + 1)).request('Service-Request', agree)
    await bob.request('Service-Request', agree)
    await say(ann, 'hello')
    expect(await fetch(bob)).toEqual(['hello'])
    // Others are told once; where the bell was lost, when they have looked for themselves.
    at.village.clock.advance(1_800_000)
    expect([...(await fetch(ann)), ...(await fetch(ann))]).toEqual(['GroupChangeNotice'])
  })
})
