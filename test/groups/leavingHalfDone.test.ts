import { describe, expect, test } from 'vitest'
import { sweep } from '../../src/session/sweeper.ts'
import { over, type Stage } from '../messaging/stage.ts'
import type { Phone } from '../support/phone.ts'
import { create, dyingBefore, fetch, GroupID, join, leave, say, standing, three } from './stage.ts'

// Calls that die while somebody leaves, or is put out: repeated they end where the first would have.

const UserList = { User: { UserID: 'wv:bob' } }
const calls = [...Array(22).keys()].map((number) => number + 1)

/** The sweeper comes by until it has looked again at everything that was to be finished. */
async function sweepOften(at: Stage): Promise<void> {
  for (let look = 0; look < 4; look++) {
    at.village.clock.advance(120_000)
    await sweep(at.village, at.village.now() + 40_000)
  }
}

const isListed = async (phone: Phone, user: string): Promise<boolean> =>
  JSON.stringify((await phone.request('GetJoinedUsers-Request', { GroupID })).primitive).includes(`wv:${user}`)

describe('LeaveGroup, repeated when its call died', () => {
  test.each(calls)('before its call %i', async (call) => {
    const { at, ann, bob } = await three()
    await create(ann, {}, { SubscribeNotification: true })
    await join(bob)
    await fetch(ann)
    await over(bob, at, dyingBefore(at.table, call)).request('LeaveGroup-Request', { GroupID })
    // 808 where it had been done to the end.
    const { code } = await leave(bob)
    expect(code === 200 || (code === 808 && standing(at).length === 1)).toBe(true)
    expect(standing(at)).toHaveLength(1)
    at.village.clock.advance(1_800_000)
    expect([...(await fetch(ann)), ...(await fetch(ann))]).toEqual(['GroupChangeNotice'])
  })
})

describe('RemoveGroupMembers in a restricted group, repeated when its call died', () => {
  test.each(calls)('before its call %i', async (call) => {
    const { at, ann, bob } = await three()
    await create(ann, { Accesstype: 'Restricted' })
    await ann.request('AddGroupMembers-Request', { GroupID, UserList })
    await join(bob)
    const dying = over(ann, at, dyingBefore(at.table, call))
    await dying.request('RemoveGroupMembers-Request', { GroupID, UserList })
    await ann.request('RemoveGroupMembers-Request', { GroupID, UserList })
    expect(standing(at)).toHaveLength(1)
    expect(await fetch(bob)).toEqual(['LeaveGroup-Response'])
  })
})

describe('whoever was rejected, the call dead and not repeated, is told so and has gone, or is joined as all see', () => {
  test.each(calls)('before its call %i', async (call) => {
    const { at, ann, bob } = await three()
    await create(ann)
    await join(bob)
    await over(ann, at, dyingBefore(at.table, call)).request('RejectList-Request', { GroupID, AddList: UserList })
    await sweepOften(at)
    await say(ann, 'hello')
    await bob.request('KeepAlive-Request')
    expect(await fetch(bob)).toEqual((await isListed(ann, 'bob')) ? ['hello'] : ['LeaveGroup-Response'])
  })
})

describe('whoever has left, the call dead and not repeated, hears nothing and leaves nothing behind', () => {
  test.each(calls)('before its call %i', async (call) => {
    const { at, ann, bob } = await three()
    await create(ann)
    await join(bob, 'bob')
    await over(bob, at, dyingBefore(at.table, call)).request('LeaveGroup-Request', { GroupID })
    await sweepOften(at)
    await say(ann, 'hello')
    await bob.request('KeepAlive-Request')
    const stays = await isListed(ann, 'bob')
    expect(await fetch(bob)).toEqual(stays ? ['hello'] : [])
    const left = at.table.items().filter(({ sk, user }) => /^(joined|name)#/.test(sk) && user === 'bob')
    expect(left).toHaveLength(stays ? 2 : 0)
  })
})

test('who has joined again is not told any more that he was put out', async () => {
  const { ann, bob } = await three()
  await create(ann)
  await join(bob)
  await ann.request('RejectList-Request', { GroupID, AddList: UserList })
  await ann.request('RejectList-Request', { GroupID, RemoveList: UserList })
  await join(bob)
  expect(await fetch(bob)).toEqual([])
})

describe('AutoDelete: a group goes though the call of the last one who leaves died', () => {
  test.each(calls)('before its call %i', async (call) => {
    const { at, ann } = await three()
    await create(ann, { AutoDelete: 'T' })
    await over(ann, at, dyingBefore(at.table, call)).request('LeaveGroup-Request', { GroupID })
    await leave(ann)
    await ann.request('Logout-Request')
    await sweepOften(at)
    expect(at.table.items().filter(({ pk }) => pk.startsWith('room#') || pk.startsWith('group#'))).toEqual([])
  })
})
