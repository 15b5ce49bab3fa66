import { expect, test } from 'vitest'
import { expectGroup, indexGroup, unindexGroup } from '../../src/search/groupDirectory.ts'
import { sweep } from '../../src/session/sweeper.ts'
import type { Village } from '../../src/village.ts'
import { client, type Stage, stage } from '../messaging/stage.ts'
import { type Call, createFaults } from '../support/faultTable.ts'
import { aGroup, found, listed, postings, search } from './stage.ts'

async function created(village: Village, ...made: Parameters<typeof aGroup>) {
  const group = aGroup(...made)
  await village.store.groups.create(group)
  await indexGroup(village, group)
  return group
}

async function sweeperRuns({ village }: Stage): Promise<void> {
  village.clock.advance(21_000)
  await sweep(village, village.now() + 45_000)
}

async function annAndGroups() {
  const at = await stage(['ann'])
  const bob = await listed(at.village, 'bob')
  const owner = { user: 'bob', accountId: bob.accountId }
  const party = await created(at.village, { key: 'bob/party', name: 'Party', topic: 'Dancing all night', owner })
  const lobby = await created(at.village, { key: '/lobby', name: 'The lobby' })
  return { at, ann: await client(at, 'ann'), bob, party, lobby }
}

test('Groups are found by parts of their address, name and topic, those that are Searchable', async () => {
  const { at, ann, party } = await annAndGroups()
  expect(found(await search(ann, { GROUP_ID: 'wv:bob/party@localhost' }))).toEqual(['wv:bob/party'])
  expect(found(await search(ann, { GROUP_ID: '/lob' }))).toEqual(['wv:/lobby'])
  expect(found(await search(ann, { GROUP_NAME: 'LOBBY' }))).toEqual(['wv:/lobby'])
  expect(found(await search(ann, { GROUP_TOPIC: 'night', GROUP_NAME: 'party' }))).toEqual(['wv:bob/party'])
  expect(found(await search(ann, { GROUP_TOPIC: 'night', GROUP_NAME: 'lobby' }))).toEqual([])
  const hidden = await at.village.store.groups.change(party, { searchable: false })
  // Before the index knows of it as well.
  expect(found(await search(ann, { GROUP_NAME: 'party' }))).toEqual([])
  await indexGroup(at.village, hidden)
  expect(postings(at.table).filter(({ sk }) => sk.startsWith('bob/party'))).toEqual([])
})

test('A change that comes late does not undo a newer one, and what is removed leaves nothing', async () => {
  const { at, ann, party } = await annAndGroups()
  const renamed = await at.village.store.groups.change(party, { name: 'Wake' })
  await indexGroup(at.village, renamed)
  await indexGroup(at.village, party)
  expect(found(await search(ann, { GROUP_NAME: 'wake' }))).toEqual(['wv:bob/party'])
  await unindexGroup(at.village, renamed)
  await at.village.store.groups.remove(renamed)
  expect(postings(at.table).filter(({ sk }) => sk.startsWith('bob/party'))).toEqual([])
  // A new group of the name is another one.
  await created(at.village, { key: 'bob/party', name: 'Another', id: 'second' })
  expect(found(await search(ann, { GROUP_NAME: 'wake' }))).toEqual([])
  expect(found(await search(ann, { GROUP_NAME: 'another' }))).toEqual(['wv:bob/party'])
})

test('A change that was announced and died before the index knew is found by the sweeper', async () => {
  const { at, ann, party } = await annAndGroups()
  await expectGroup(at.village, party)
  await at.village.store.groups.change(party, { name: 'Wake' })
  await expectGroup(at.village, { key: 'bob/never', id: 'never' })
  const made = aGroup({ key: 'bob/new', name: 'Newest' })
  await expectGroup(at.village, made)
  await at.village.store.groups.create(made)
  await sweeperRuns(at)
  expect(found(await search(ann, { GROUP_NAME: 'wake' }))).toEqual(['wv:bob/party'])
  expect(found(await search(ann, { GROUP_NAME: 'newest' }))).toEqual(['wv:bob/new'])
  expect(at.table.items().filter(({ pk }) => pk === 'room#never')).toEqual([])
})

test('Groups of their owner', async () => {
  const { ann } = await annAndGroups()
  expect(found(await search(ann, { GROUP_USER_ID_OWNER: 'wv:bob' }))).toEqual(['wv:bob/party'])
  expect(found(await search(ann, { GROUP_USER_ID_OWNER: 'bob@localhost', GROUP_NAME: 'lobby' }))).toEqual([])
  expect(found(await search(ann, { GROUP_USER_ID_OWNER: 'nobody' }))).toEqual([])
  expect(found(await search(ann, { GROUP_USER_ID_OWNER: 'bob@elsewhere.example' }))).toEqual([])
})

test('Groups in which somebody is joined, by sessions that are live, of those alone who may be found', async () => {
  const { at, ann, bob } = await annAndGroups()
  const phone = await client(at, 'bob', { timeToLive: 600 })
  const hot = { pk: `session#${phone.sessionId}`, sk: 'hot' }
  await at.table.update(hot, {
    set: { groups: { g1: { address: 'wv:/lobby@localhost', id: 'j', epoch: 1, cursor: 0 } } },
  })
  expect(found(await search(ann, { GROUP_USER_ID_JOINED: 'wv:bob' }))).toEqual(['wv:/lobby'])
  expect(found(await search(ann, { GROUP_USER_ID_JOINED: 'wv:ann' }))).toEqual([])
  await listed(at.village, 'bob', { searchable: false })
  expect(found(await search(ann, { GROUP_USER_ID_JOINED: 'wv:bob' }))).toEqual([])
  expect(found(await search(phone, { GROUP_USER_ID_JOINED: 'wv:bob' }))).toEqual(['wv:/lobby'])
  await listed(at.village, bob.user, { searchable: true })
  at.village.clock.advance(1_000_000)
  expect(found(await search(ann, { GROUP_USER_ID_JOINED: 'wv:bob' }))).toEqual([])
})

test.each([
  ['made', 'put'],
  ['changed', 'update'],
] as const)(
  'A group that is %s by a call that dies right then is found once the sweeper has come by',
  async (_, call) => {
    const at = await stage(['ann', 'bob'])
    const [ann, bob] = [await client(at, 'ann'), await client(at, 'bob')]
    const said = (Topic: string) => ({
      GroupID: 'wv:bob/party',
      GroupProperties: {
        Property: Object.entries({ Searchable: 'T', Topic }).map(([Name, Value]) => ({ Name, Value })),
      },
    })
    const create = () => bob.request('CreateGroup-Request', { ...said('dancing'), JoinGroup: false })
    if (call === 'update') expect((await create()).code).toBe(200)
    const plan = (one: Call) => (one.call === call && one.of.startsWith('group#') ? 'crashAfter' : undefined)
    bob.village = at.village.with({ table: createFaults({ table: at.table, now: at.village.now, plan }).invocation() })
    const died = call === 'put' ? await create() : await bob.request('SetGroupProps-Request', said('resting'))
    expect(died.code).toBe(500)
    const topic = call === 'put' ? 'dancing' : 'resting'
    expect(found(await search(ann, { GROUP_TOPIC: topic }))).toEqual([])
    await sweeperRuns(at)
    expect(found(await search(ann, { GROUP_TOPIC: topic }))).toEqual(['wv:bob/party'])
  },
)
