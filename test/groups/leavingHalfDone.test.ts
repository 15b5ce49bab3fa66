import { describe, expect, test } from 'vitest'
import { sweep } from '../../src/session/sweeper.ts'
import { over } from '../messaging/stage.ts'
import { create, dyingBefore, fetch, GroupID, join, leave, standing, three } from './stage.ts'

// Calls that die while somebody leaves, or is put out: repeated they end where the first would have.

const UserList = { User: { UserID: 'wv:bob' } }
const calls = [...Array(22).keys()].map((number) => number + 1)

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

describe('AutoDelete: a group goes though the call of the last one who leaves died', () => {
  test.each(calls)('before its call %i', async (call) => {
    const { at, ann } = await three()
    await create(ann, { AutoDelete: 'T' })
    await over(ann, at, dyingBefore(at.table, call)).request('LeaveGroup-Request', { GroupID })
    await leave(ann)
    await ann.request('Logout-Request')
    for (let look = 0; look < 3; look++) {
      at.village.clock.advance(120_000)
      await sweep(at.village, at.village.now() + 40_000)
    }
    expect(at.table.items().filter(({ pk }) => pk.startsWith('room#') || pk.startsWith('group#'))).toEqual([])
  })
})
