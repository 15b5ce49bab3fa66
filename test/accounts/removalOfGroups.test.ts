import { expect, test } from 'vitest'
import { addAccount, removeAccount } from '../../src/accounts/lifecycle.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { dyingBefore, fetch, join as joinRoom, properties } from '../groups/stage.ts'
import { client, type Stage, stage } from '../messaging/stage.ts'
import type { Phone } from '../support/phone.ts'

// What becomes of groups when an account is removed: of its own, and of what it was in others'.

const party = 'wv:ann/party'
const club = 'wv:bob/club'
const den = 'wv:bob/den'

const make = (phone: Phone, GroupID: string) =>
  phone.request('CreateGroup-Request', { GroupID, GroupProperties: properties({ Name: 'group' }), JoinGroup: false })

const join = (phone: Phone, GroupID: string, SName?: string) =>
  joinRoom(phone, undefined, { GroupID, ...(SName !== undefined && { ScreenName: { SName, GroupID } }) })

/** ann has made a group, in which bob and cy are; she is a Mod in one of bob's, joined under a screen name, and he rejects her in another. */
async function scene() {
  const at = await stage(['ann', 'bob', 'cy'])
  const [ann, bob, cy] = [await client(at, 'ann'), await client(at, 'bob'), await client(at, 'cy')]
  await make(ann, party)
  for (const phone of [ann, bob, cy]) await join(phone, party)
  for (const GroupID of [club, den]) await make(bob, GroupID)
  await join(bob, club)
  await bob.request('AddGroupMembers-Request', { GroupID: club, UserList: { User: { UserID: 'wv:ann' } } })
  await bob.request('MemberAccess-Request', { GroupID: club, Mod: { UserList: { User: { UserID: 'wv:ann' } } } })
  await bob.request('RejectList-Request', { GroupID: den, AddList: { User: { UserID: 'wv:ann' } } })
  await join(ann, club, 'Queen')
  await ann.request('SetGroupProps-Request', {
    GroupID: club,
    OwnProperties: properties({ AutoJoin: 'T', ShowID: 'T' }),
  })
  const account = (await at.village.store.accounts.read('ann'))!
  expect(await at.village.store.groups.owned(account.accountId)).toEqual(['ann/party'])
  expect(standingOf(at, account.accountId)).toEqual([
    'joined#',
    'joined#',
    'member#',
    'member#',
    'name#',
    'name#',
    'rejected#',
  ])
  return { at, ann, bob, cy, account }
}

/** What stands in groups of an account, by kind. */
const standingOf = ({ table }: Stage, accountId: string): string[] =>
  table
    .items()
    .filter((item) => item.pk.startsWith('room#') && item.accountId === accountId)
    .map(({ sk }) => sk.replace(/#.*/, '#'))
    .sort()

const removedFrom = (names: readonly string[]) => names.filter((name) => name === 'LeaveGroup-Response')

/** Nothing is left of the account but what names its incarnation and means nothing without it. */
async function expectGone({ table, village }: Stage, accountId: string) {
  const items = table.items()
  expect(
    items.filter(({ pk, sk }) => pk === 'group#ann/party' || (sk === 'group' && pk.startsWith('group#ann'))),
  ).toEqual([])
  expect(items.filter(({ pk }) => pk === `user#${accountId}` || pk.startsWith('removal#'))).toEqual([])
  expect(await village.store.groups.owned(accountId)).toEqual([])
  expect(standingOf({ table, village }, accountId)).toEqual(['member#', 'rejected#'])
  const rooms = new Set(items.filter(({ pk }) => pk.startsWith('room#')).map(({ pk }) => pk))
  const groups = items.filter(({ sk }) => sk === 'group').map(({ id }) => `room#${id}`)
  expect([...rooms].filter((pk) => !groups.includes(pk))).toEqual([])
}

test('the groups of an account go with it, and who is joined is told once', async () => {
  const { at, bob, cy, account } = await scene()
  await removeAccount(at.village, account)
  for (const phone of [bob, cy]) {
    const told = await phone.poll()
    expect(told).toMatchObject({ name: 'LeaveGroup-Response', code: 800 })
    expect((await phone.acknowledge(told.transactionId!)).name).toBe('nothing')
    expect((await join(phone, party)).code).toBe(800)
  }
  await sweep(at.village, at.village.now() + 45_000)
  expect(await fetch(bob)).toEqual([])
  await at.village.clock.advance(60_000)
  await sweep(at.village, at.village.now() + 45_000)
  await expectGone(at, account.accountId)
})

test('the account leaves the groups of others, and its screen name is free', async () => {
  const { at, bob, cy, account } = await scene()
  await bob.request('SubscribeGroupNotice-Request', { GroupID: club, SubscribeType: 'S' })
  await removeAccount(at.village, account)
  expect((await fetch(bob)).sort()).toEqual(['GroupChangeNotice', 'LeaveGroup-Response'])
  const joined = await bob.request('GetJoinedUsers-Request', { GroupID: club })
  expect(joined.text).not.toContain('Queen')
  expect((await join(cy, club, 'queen')).name).toBe('JoinGroup-Response')
})

test('a new account of the same name is no member, not rejected, joins nothing by itself, and has no groups', async () => {
  const { at, bob, account } = await scene()
  await bob.request('SetGroupProps-Request', {
    GroupID: club,
    GroupProperties: properties({ Accesstype: 'Restricted' }),
  })
  await removeAccount(at.village, account)
  const { accountId } = await addAccount(at.village, 'ann', 'pw')
  const ann = await client(at, 'ann', { client: 'another' })
  await ann.request('Service-Request', { Functions: { WVCSPFeat: { GroupFeat: true } }, AllFunctionsRequest: false })
  expect(standingOf(at, accountId)).toEqual([])
  expect((await join(ann, club)).code).toBe(803)
  expect((await ann.request('GetGroupMembers-Request', { GroupID: club })).code).toBe(816)
  expect((await join(ann, den)).name).toBe('JoinGroup-Response')
  const own = await ann.request('GetGroupProps-Request', { GroupID: den })
  expect(own.text).toMatch(/IsMember<\/Name><Value>F</)
  expect(own.text).toMatch(/AutoJoin<\/Name><Value>F</)
  expect((await make(ann, party)).code).toBe(200)
  expect((await join(bob, party)).name).toBe('JoinGroup-Response')
})

test('a removal that dies at any point is finished by repeating it or by the sweeper, and tells who is joined once', async () => {
  let hasDied = true
  for (let nth = 1; hasDied; nth++) {
    const { at, bob, cy, account } = await scene()
    const dying = at.village.with({ table: dyingBefore(at.table, nth) })
    hasDied = await removeAccount(dying, account).then(
      () => false,
      () => true,
    )
    // One has fetched what came until then, the other comes when all is over.
    const before = await fetch(bob)
    const stillThere = await at.village.store.accounts.read('ann')
    if (stillThere) await removeAccount(at.village, stillThere)
    for (let run = 0; run < 3; run++) {
      at.village.clock.advance(60_000)
      await sweep(at.village, at.village.now() + 45_000)
    }
    const context = `died before call ${nth}`
    expect([context, removedFrom([...before, ...(await fetch(bob))])]).toEqual([context, ['LeaveGroup-Response']])
    expect([context, removedFrom(await fetch(cy))]).toEqual([context, ['LeaveGroup-Response']])
    await expectGone(at, account.accountId)
    expect((await join(bob, party)).code).toBe(800)
    expect(nth).toBeLessThan(1000)
  }
}, 120_000)
