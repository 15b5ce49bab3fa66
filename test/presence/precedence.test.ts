import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Access, judge, type Relation } from '../../src/presence/access.ts'
import { allAttributes, attributeSet, attributesOf } from '../../src/presence/attributes.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'
import { Onlooker, subList } from '../support/watching.ts'

/** More runs than in everyday's: `MODEL_RUNS=20` is twenty times as many. */
const times = Number(process.env.MODEL_RUNS ?? 1)

const attributes = ['OnlineStatus', 'CommCap', 'StatusText', 'FreeTextLocation', 'UserAvailability'] as const
type Attribute = (typeof attributes)[number]
const viewers = ['bob', 'cat'] as const
type Viewer = (typeof viewers)[number]
const lists = ['friends', 'work', 'chess'] as const
type List = (typeof lists)[number]

/** What an owner has said, in the words of the rules: sets and maps, nothing else. */
class Said {
  readonly blockList = { inUse: false, users: new Set<Viewer>() }
  readonly grantList = { inUse: false, users: new Set<Viewer>() }
  readonly ofUser = new Map<Viewer, readonly Attribute[]>()
  readonly answer = new Map<Viewer, readonly Attribute[] | 'refused'>()
  readonly lists = new Map<List, { members: Set<Viewer>; allowed?: readonly Attribute[] }>()
  ofEverybody: readonly Attribute[] | undefined

  /** What a user may see; undefined when nothing was said that covers the user: then the owner is asked. */
  allows(viewer: Viewer): ReadonlySet<Attribute> | undefined {
    if (this.blockList.inUse && this.blockList.users.has(viewer)) return new Set()
    if (this.grantList.inUse && !this.grantList.users.has(viewer)) return new Set()
    const attributeList = this.ofUser.get(viewer)
    if (attributeList) return new Set(attributeList)
    const answer = this.answer.get(viewer)
    if (answer) return new Set(answer === 'refused' ? [] : answer)
    const holding = [...this.lists.values()].filter(({ members, allowed }) => allowed && members.has(viewer))
    if (holding.length > 0) return new Set(holding.flatMap(({ allowed }) => allowed!))
    return this.ofEverybody && new Set(this.ofEverybody)
  }
}

const someAttributes = fc.subarray([...attributes])
const someViewers = fc.subarray([...viewers])
const anyViewer = fc.constantFrom(...viewers)
const anyList = fc.constantFrom(...lists)
const flag = fc.option(fc.boolean(), { nil: undefined })

/** One transaction of the owner. */
const act = fc.oneof(
  fc.record({
    kind: fc.constant('block' as const),
    side: fc.constantFrom('blockList' as const, 'grantList' as const),
    inUse: flag,
    add: someViewers,
    remove: someViewers,
  }),
  fc.record({
    kind: fc.constant('allow' as const),
    users: someViewers,
    lists: fc.subarray([...lists]),
    everybody: fc.boolean(),
    allowed: someAttributes,
  }),
  fc.record({
    kind: fc.constant('takeBack' as const),
    users: someViewers,
    lists: fc.subarray([...lists]),
    everybody: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('create' as const), list: anyList, users: someViewers }),
  fc.record({ kind: fc.constant('delete' as const), list: anyList }),
  fc.record({ kind: fc.constant('add' as const), list: anyList, users: someViewers }),
  fc.record({ kind: fc.constant('remove' as const), list: anyList, users: someViewers }),
  fc.record({
    kind: fc.constant('answer' as const),
    user: anyViewer,
    accepts: fc.boolean(),
    allowed: fc.option(fc.subarray([...attributes], { minLength: 1 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('cancel' as const), user: anyViewer }),
)
type Act = typeof act extends fc.Arbitrary<infer One> ? One : never

/** The same, said to the reference. */
function say(said: Said, one: Act): void {
  switch (one.kind) {
    case 'block': {
      const list = said[one.side]
      if (one.inUse !== undefined) list.inUse = one.inUse
      for (const user of one.remove) list.users.delete(user)
      for (const user of one.add) list.users.add(user)
      return
    }
    case 'allow':
      for (const user of one.users) said.ofUser.set(user, one.allowed)
      for (const list of one.lists) if (said.lists.has(list)) said.lists.get(list)!.allowed = one.allowed
      if (one.everybody) said.ofEverybody = one.allowed
      return
    case 'takeBack':
      for (const user of one.users) said.ofUser.delete(user)
      for (const list of one.lists) if (said.lists.has(list)) said.lists.get(list)!.allowed = undefined
      if (one.everybody) said.ofEverybody = undefined
      return
    case 'create':
      if (!said.lists.has(one.list)) said.lists.set(one.list, { members: new Set(one.users) })
      return
    case 'delete':
      said.lists.delete(one.list)
      return
    case 'add':
      for (const user of one.users) said.lists.get(one.list)?.members.add(user)
      return
    case 'remove':
      for (const user of one.users) said.lists.get(one.list)?.members.delete(user)
      return
    case 'answer':
      said.ofUser.delete(one.user)
      said.answer.set(one.user, one.accepts ? (one.allowed ?? attributes) : 'refused')
      return
    case 'cancel':
      if (said.answer.get(one.user) !== 'refused') said.answer.delete(one.user)
  }
}

const UserIDs = (users: readonly string[]) => users.map((user) => `wv:${user}`)
const ContactLists = (names: readonly string[]) => names.map((name) => `wv:ann/${name}`)
const nicks = (users: readonly string[]) => ({ NickName: users.map((user) => ({ Name: user, UserID: `wv:${user}` })) })

/** The same, sent by the owner's phone. */
function send({ phone }: Onlooker, one: Act) {
  switch (one.kind) {
    case 'block': {
      const list = {
        InUse: one.inUse,
        AddList: { UserID: UserIDs(one.add) },
        RemoveList: { UserID: UserIDs(one.remove) },
      }
      return phone.request('BlockEntity-Request', one.side === 'blockList' ? { BlockList: list } : { GrantList: list })
    }
    case 'allow':
    case 'takeBack':
      return phone.request(one.kind === 'allow' ? 'CreateAttributeList-Request' : 'DeleteAttributeList-Request', {
        UserID: UserIDs(one.users),
        ContactList: ContactLists(one.lists),
        DefaultList: one.everybody,
        PresenceSubList: one.kind === 'allow' ? subList(one.allowed) : undefined,
      })
    case 'create':
      return phone.request('CreateList-Request', { ContactList: `wv:ann/${one.list}`, NickList: nicks(one.users) })
    case 'delete':
      return phone.request('DeleteList-Request', { ContactList: `wv:ann/${one.list}` })
    case 'add':
      return phone.request('ListManage-Request', { ContactList: `wv:ann/${one.list}`, AddNickList: nicks(one.users) })
    case 'remove':
      return phone.request('ListManage-Request', {
        ContactList: `wv:ann/${one.list}`,
        RemoveNickList: { UserID: UserIDs(one.users) },
      })
    case 'answer':
      return phone.request('PresenceAuth-User', {
        UserID: `wv:${one.user}`,
        Acceptance: one.accepts,
        PresenceSubList: one.allowed && subList(one.allowed),
      })
    case 'cancel':
      return phone.request('CancelAuth-Request', { UserID: `wv:${one.user}` })
  }
}

/** A user who comes onto a list twice in one request stands on it: what is removed and added is added. */
const isClear = (one: Act) => one.kind !== 'block' || !one.add.some((user) => one.remove.includes(user))

describe('what a user lets another see', () => {
  const set = fc.integer({ min: 0, max: allAttributes })
  const access: fc.Arbitrary<Access> = fc
    .record(
      {
        lists: fc.dictionary(
          fc.constantFrom('a', 'b', 'c'),
          fc.record({ attributes: fc.option(set, { nil: undefined }) }),
          { noNullPrototype: true },
        ),
        attributes: set,
        blockListInUse: fc.boolean(),
        grantListInUse: fc.boolean(),
      },
      { requiredKeys: ['lists'], noNullPrototype: true },
    )
    .map((one) => ({
      ...one,
      listsCreated: 3,
      lists: Object.fromEntries(
        Object.entries(one.lists).map(([name, { attributes }]) => [
          name,
          { id: `id of ${name}`, number: 1, address: name, ...(attributes !== undefined && { attributes }) },
        ]),
      ),
    }))
  const relation: fc.Arbitrary<Relation> = fc.record(
    {
      user: fc.constant('bob'),
      accountId: fc.constantFrom('now', 'now', 'now', 'earlier'),
      address: fc.constant('wv:bob'),
      names: fc.dictionary(fc.constantFrom('id of a', 'id of b', 'id of z'), fc.constantFrom('', 'Bob'), {
        noNullPrototype: true,
      }),
      attributes: set,
      answer: fc.constantFrom('GRANTED' as const, 'DENIED' as const, 'CANCELLED' as const),
      answerAttributes: set,
      blocked: fc.boolean(),
      granted: fc.boolean(),
    },
    { requiredKeys: ['user', 'accountId', 'address'], noNullPrototype: true },
  )

  test('follows from block, grant, user, contact lists and default in this order', () => {
    fc.assert(
      fc.property(access, fc.option(relation, { nil: undefined }), (access, relation) => {
        const of = relation?.accountId === 'now' ? relation : undefined
        const inLists = Object.values(access.lists).filter((one) => of?.names && one.id in of.names)
        const expected = (): number | undefined => {
          if (access.blockListInUse && of?.blocked) return 0
          if (access.grantListInUse && !of?.granted) return 0
          if (of?.attributes !== undefined) return of.attributes
          if (of?.answer === 'DENIED') return 0
          if (of?.answer === 'GRANTED') return of.answerAttributes ?? allAttributes
          const said = inLists.flatMap(({ attributes }) => (attributes === undefined ? [] : [attributes]))
          if (said.length > 0) return attributeSet(said.flatMap((one) => attributesOf(one).map(({ name }) => name)))
          return access.attributes
        }
        const visible = expected()
        expect(judge(access, relation, 'now')).toMatchObject({ visible: visible ?? 0, covered: visible !== undefined })
      }),
      { numRuns: 1000 * times },
    )
  })

  test('is what GetPresence shows after any sequence of transactions, and who is asked when nothing covers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act.filter(isClear), { minLength: 1, maxLength: 25, size: 'max' }), async (acts) => {
        const village = createTestVillage()
        for (const user of ['ann', ...viewers]) await addCheapAccount(village, user, 'pw')
        const ann = await Onlooker.loggedIn(village, 'ann')
        await ann.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
        await ann.update({
          StatusText: { PresenceValue: 'text' },
          FreeTextLocation: { PresenceValue: 'here' },
          UserAvailability: { PresenceValue: 'AVAILABLE' },
        })
        const others = new Map<Viewer, Onlooker>()
        for (const viewer of viewers) others.set(viewer, await Onlooker.loggedIn(village, viewer))
        const said = new Said()
        for (const one of acts) {
          const reply = await send(ann, one)
          expect([200, 201, 400, 402, 700, 701, 900, undefined], `${JSON.stringify(one)} → ${reply.text}`).toContain(
            reply.code,
          )
          say(said, one)
          for (const [viewer, other] of others) {
            const shown = Object.keys(await other.look('ann')).sort()
            expect(shown, `${viewer} after ${JSON.stringify(one)}`).toEqual([...(said.allows(viewer) ?? [])].sort())
          }
          expect(Object.keys(await ann.look('ann')).sort(), 'own presence is always open').toEqual(
            [...attributes].sort(),
          )
        }
        const uncovered = viewers.filter((viewer) => said.allows(viewer) === undefined)
        for (const other of others.values()) await other.subscribe(['ann'])
        await ann.drain()
        expect(ann.asked.sort()).toEqual(uncovered)
        for (const [viewer, other] of others) {
          await other.drain()
          expect(Object.keys(other.known('ann')).sort()).toEqual([...(said.allows(viewer) ?? [])].sort())
        }
      }),
      { numRuns: 80 * times },
    )
  })
})
