import { expect, test } from 'vitest'
import { client, fetchNews, over, stage } from '../messaging/stage.ts'
import type { Phone } from '../support/phone.ts'
import { dyingBefore, standing } from './stage.ts'

// ExtendConversation when its call dies, and the same request once more.

const talk = { ExtendConversationID: 'talk', UserIDList: { UserID: 'wv:bob' }, SubscribeNotification: false }
const extend = (phone: Phone) => phone.request('ExtendConversation-Request', talk)

async function annAndBob() {
  const at = await stage(['ann', 'bob'])
  const [ann, bob] = [await client(at, 'ann', { version: '1.3' }), await client(at, 'bob', { version: '1.3' })]
  return { at, ann, bob }
}

/** The calls to the store that it takes. */
const calls = Array.from({ length: 45 }, (_, index) => index + 1)

test.each(calls)('makes one group and invites once, though the call died before call %i to the store', async (nth) => {
  const { at, ann, bob } = await annAndBob()
  await extend(over(ann, at, dyingBefore(at.table, nth)))
  at.village.clock.advance(61_000)
  const reply = await extend(ann)
  expect(reply.name).toBe('ExtendConversation-Response')
  const GroupID = reply.primitive!.textOf('GroupID')
  const groups = at.table.items().filter(({ sk }) => sk === 'group')
  expect(groups.map(({ address }) => address)).toEqual([GroupID])
  expect(at.table.items().filter(({ sk }) => sk.startsWith('member#'))).toHaveLength(2)
  expect(standing(at)).toHaveLength(1)
  await ann.request('KeepAlive-Request')
  expect(await fetchNews(bob)).toEqual(['InviteUser-Request'])
  const joins = await bob.request('JoinGroup-Request', { GroupID, JoinedRequest: false, SubscribeNotification: false })
  expect(joins.name).toBe('JoinGroup-Response')
})

test.each(['1.1', '1.2'] as const)('a client of %s is told of it as an invitation to the group', async (version) => {
  const at = await stage(['ann', 'bob'])
  const [ann, bob] = [await client(at, 'ann', { version: '1.3' }), await client(at, 'bob', { version })]
  const GroupID = (await extend(ann)).primitive!.textOf('GroupID')
  const invited = await bob.poll()
  expect(invited.name).toBe('InviteUser-Request')
  expect(invited.primitive!.textOf('InviteType')).toBe('GR')
  expect(invited.primitive!.textOf('GroupID')).toBe(GroupID)
  const joins = await bob.request('JoinGroup-Request', { GroupID, JoinedRequest: false, SubscribeNotification: false })
  expect(joins.name).toBe('JoinGroup-Response')
})

test('repeated when all is done it makes nothing anew', async () => {
  const { ann, bob } = await annAndBob()
  const GroupID = (await extend(ann)).primitive!.textOf('GroupID')
  const UserList = { User: { UserID: 'wv:bob' } }
  await ann.request('RemoveGroupMembers-Request', { GroupID, UserList })
  expect((await extend(ann)).primitive!.textOf('GroupID')).toBe(GroupID)
  expect((await ann.request('GetGroupMembers-Request', { GroupID })).text).not.toContain('wv:bob')
  expect((await ann.request('DeleteGroup-Request', { GroupID })).code).toBe(200)
  expect((await extend(ann)).code).toBe(800)
  expect((await bob.request('JoinGroup-Request', { GroupID, JoinedRequest: false })).code).toBe(800)
})

test('repeated late it only says what it has made, and 800 when that is gone', async () => {
  const { at, ann, bob } = await annAndBob()
  const GroupID = (await extend(ann)).primitive!.textOf('GroupID')
  await ann.request('LeaveGroup-Request', { GroupID })
  at.village.clock.advance(301_000)
  expect((await extend(ann)).primitive!.textOf('GroupID')).toBe(GroupID)
  expect(standing(at)).toHaveLength(0)
  expect(await fetchNews(bob)).toEqual(['InviteUser-Request'])
  expect((await ann.request('DeleteGroup-Request', { GroupID })).code).toBe(200)
  expect((await extend(ann)).code).toBe(800)
})
