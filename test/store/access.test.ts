import { beforeEach, describe, expect, test } from 'vitest'
import { type Access, noAccess, type Relation } from '../../src/presence/access.ts'
import type { Question } from '../../src/presence/questions.ts'
import type { AccessStore } from '../../src/store/access.ts'
import { createStore, type Store } from '../../src/store/store.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

const friends: Access = {
  lists: { friends: { id: 'l1', number: 1, address: 'wv:ann/Friends', displayName: '', attributes: 0 } },
  listsCreated: 1,
  defaultList: 'friends',
  blockListInUse: false,
  blocked: { groups: ['wv:Group@else'], screenNames: [{ SName: 'x', GroupID: 'g' }] },
}

const bob: Relation = {
  user: 'bob',
  accountId: 'account of bob',
  address: 'wv:Bob',
  names: { l1: '' },
  answer: 'GRANTED',
}
const asked: Question = { user: 'bob', accountId: 'account of bob', attributes: 4, askedAt: 1000, told: [] }

onBothTables((table) => {
  let store: Store
  let access: AccessStore
  beforeEach(() => {
    store = createStore(table(), createRandomBytes('access'))
    access = store.access
  })

  describe('what a user has said of all others', () => {
    test('is nothing at first, and comes back as it was said', async () => {
      expect(await access.read('ann')).toEqual({ value: noAccess })
      expect(await access.replace('ann', friends, await access.read('ann'))).toBe(true)
      expect((await access.read('ann')).value).toEqual(friends)
      expect((await access.read('bob')).value).toEqual(noAccess)
    })

    test('is replaced as it was read, and by one of two at a time', async () => {
      const [none, noneEither] = [await access.read('ann'), await access.read('ann')]
      expect(await access.replace('ann', friends, none)).toBe(true)
      expect(await access.replace('ann', { ...friends, listsCreated: 9 }, noneEither)).toBe(false)
      const [first, second] = [await access.read('ann'), await access.read('ann')]
      expect(await access.replace('ann', { ...friends, listsCreated: 2 }, first)).toBe(true)
      expect(await access.replace('ann', { ...friends, listsCreated: 3 }, second)).toBe(false)
      expect((await access.read('ann')).value).toEqual({ ...friends, listsCreated: 2 })
    })

    test('is replaced as a whole: what it leaves out is gone', async () => {
      await access.replace('ann', friends, await access.read('ann'))
      await access.replace('ann', noAccess, await access.read('ann'))
      expect((await access.read('ann')).value).toEqual(noAccess)
    })

    test('is seen by whoever looks at the presence, in the same Query', async () => {
      const document = { version: 3, values: {}, singleAt: {}, clients: {} }
      expect(await store.presence.view('ann')).toEqual({ access: noAccess })
      await access.replace('ann', friends, await access.read('ann'))
      await access.replaceRelation('ann', bob, undefined)
      await store.presence.replace('ann', document, undefined)
      expect(await store.presence.view('ann')).toEqual({ document, access: friends })
    })
  })

  describe('what a user has said of one other', () => {
    test('is replaced and removed as it was read, and by one of two at a time', async () => {
      expect(await access.relation('ann', 'bob')).toBeUndefined()
      expect(await access.replaceRelation('ann', bob, undefined)).toBe(true)
      expect(await access.replaceRelation('ann', { ...bob, answer: 'DENIED' }, undefined)).toBe(false)
      const read = (await access.relation('ann', 'bob'))!
      expect(read.value).toEqual(bob)
      expect(await access.replaceRelation('ann', { ...bob, answer: 'DENIED' }, read)).toBe(true)
      expect(await access.replaceRelation('ann', { ...bob, answer: 'CANCELLED' }, read)).toBe(false)
      expect(await access.removeRelation('ann', read)).toBe(false)
      expect((await access.relation('ann', 'bob'))!.value.answer).toBe('DENIED')
      expect(await access.removeRelation('ann', (await access.relation('ann', 'bob'))!)).toBe(true)
      expect(await access.relation('ann', 'bob')).toBeUndefined()
      expect(await access.replaceRelation('ann', bob, read)).toBe(false)
    })

    test('stands by name, whatever the name holds, and beside what is said of the others', async () => {
      const users = ['bob', 'bob#', 'bob#cat', 'bob~', '#', '~']
      for (const user of users) await access.replaceRelation('ann', { ...bob, user }, undefined)
      await access.openQuestion('ann', asked)
      await access.replaceRelation('else', { ...bob, user: 'dan' }, undefined)
      const relations = await access.relations('ann')
      expect([...relations.keys()].sort()).toEqual([...users].sort())
      for (const user of users) expect(relations.get(user)!.value).toEqual({ ...bob, user })
      expect(await access.removeRelation('ann', relations.get('bob')!)).toBe(true)
      expect([...(await access.relations('ann')).keys()].sort()).toEqual(users.slice(1).sort())
    })
  })

  describe('a question for authorisation', () => {
    test('is opened once, whoever asks it again', async () => {
      expect(await access.openQuestion('ann', asked)).toBe(true)
      expect(await access.openQuestion('ann', { ...asked, attributes: 7, askedAt: 2000 })).toBe(false)
      expect(await access.question('ann', 'bob')).toEqual(asked)
      expect(await access.openQuestion('cat', asked)).toBe(true)
    })

    test('of a new account of that name takes the place of the former’s', async () => {
      await access.openQuestion('ann', asked)
      await access.tellQuestion('ann', asked, ['s-1'])
      const second = { ...asked, accountId: 'second account of bob' }
      expect(await access.openQuestion('ann', second)).toBe(true)
      expect(await access.question('ann', 'bob')).toEqual(second)
    })

    test('remembers the sessions that it was put to: what is said last', async () => {
      await access.openQuestion('ann', asked)
      for (const told of [['s-1', 's_2'], ['s_2', 's-3'], []]) {
        await access.tellQuestion('ann', asked, told)
        expect(await access.question('ann', 'bob')).toEqual({ ...asked, told })
      }
    })

    test('that is closed is open to nobody, and is not brought back by being told', async () => {
      await access.openQuestion('ann', asked)
      await access.closeQuestion('ann', 'bob')
      await access.tellQuestion('ann', asked, ['s-1'])
      expect([await access.question('ann', 'bob'), await access.questions('ann')]).toEqual([undefined, []])
      expect(await access.openQuestion('ann', asked)).toBe(true)
    })

    test('stands beside the others of the user', async () => {
      for (const user of ['bob', 'bob#', '~']) await access.openQuestion('ann', { ...asked, user })
      await access.closeQuestion('ann', 'bob')
      expect((await access.questions('ann')).map(({ user }) => user)).toEqual(['bob#', '~'])
    })
  })

  describe('presence values', () => {
    const document = { version: 3, values: {}, singleAt: { OnlineStatus: 3 }, clients: {} }

    test('are written in place of those that were read, and by one of two at a time', async () => {
      const { presence } = store
      await presence.replace('ann', document, undefined)
      const next = { ...document, version: 4 }
      await expect(presence.replace('ann', next, undefined)).rejects.toMatchObject({ name: 'ConditionFailed' })
      await presence.replace('ann', next, document)
      await expect(presence.replace('ann', next, document)).rejects.toMatchObject({ name: 'ConditionFailed' })
      expect(await presence.read('ann')).toEqual(next)
    })
  })
})
