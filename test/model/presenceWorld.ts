import { expect } from 'vitest'
import { type Access, judge, noAccess, type Relation } from '../../src/presence/access.ts'
import { allAttributes, attributesOf, holds } from '../../src/presence/attributes.ts'
import { endSession } from '../../src/session/ending.ts'
import { phase } from '../../src/session/session.ts'
import { sweep } from '../../src/session/sweeper.ts'
import type { Item } from '../../src/store/table.ts'
import { createFaults, type FaultRates, type Faults, type Invocation } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import type { Reply } from '../support/phone.ts'
import { createChooser } from '../support/random.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'
import { nameIn, notificationsIn, Onlooker, subList } from '../support/watching.ts'

export const users = ['ann', 'bob', 'cat'] as const
export type User = (typeof users)[number]
export const clients = ['phone', 'pda'] as const
export const attributes = ['OnlineStatus', 'StatusText', 'FreeTextLocation', 'CommCap'] as const

/** A session as its client knows it. */
export interface Member {
  readonly user: User
  readonly onlooker: Onlooker
  /** What the client has seen of server transactions, by TransactionID. */
  readonly seen: Map<string, string>
  /** It logged out, was told that its session is over, or was replaced. */
  over: boolean
}

/** What one user let another see, since that moment. */
interface Moment {
  readonly at: number
  readonly visible: number
  readonly answered: boolean
}

/**
 * Users who watch each other, over a table with faults. The rules are held against what the table itself has said at
 * each moment, and at the end against what GetPresence tells.
 */
export class PresenceWorld {
  readonly table: MemoryTable = createMemoryTable()
  readonly village: TestVillage
  readonly members: Member[] = []
  readonly history: string[] = []
  readonly #faults: Faults
  readonly #accountIds = new Map<User, string>()
  readonly #said = new Map<string, Moment[]>()
  /** StatusText and FreeTextLocation that each user ever had. */
  readonly #texts = new Set<string>()
  readonly #turns = new Map<string, Promise<void>>()
  #moment = 0
  #texted = 0

  private constructor(seed: number, rates: Partial<FaultRates>) {
    this.village = createTestVillage({ table: this.table, seed: String(seed) })
    this.#faults = createFaults({ table: this.table, now: this.village.now, choose: createChooser(seed), rates })
  }

  static async create(seed: number, rates: Partial<FaultRates>): Promise<PresenceWorld> {
    const world = new PresenceWorld(seed, rates)
    for (const user of users) world.#accountIds.set(user, (await addCheapAccount(world.village, user, 'pw')).accountId)
    world.table.observe((operation) => {
      if (!('after' in operation || 'before' in operation) || !('conditionFailed' in operation)) return
      if (operation.conditionFailed) return
      world.#moment++
      if (operation.key.sk === 'presence' && operation.after) world.#noteTexts(operation.after)
      if (operation.key.sk === 'presence#access' || operation.key.sk.startsWith('relation#'))
        world.#noteSaid(operation.key.pk)
    })
    return world
  }

  member(number: number): Member | undefined {
    const living = this.members.filter(({ over }) => !over)
    return living[number % Math.max(living.length, 1)]
  }

  anyMember(number: number): Member | undefined {
    return this.members[number % Math.max(this.members.length, 1)]
  }

  /** Clients send one request at a time: acts of one session wait for one another, in the order in which they come. */
  async inTurn(member: Member, act: (member: Member) => Promise<void>): Promise<void> {
    const { id } = member.onlooker
    const current = () => this.members.find(({ onlooker }) => onlooker.id === id)!
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(() => act(current()))
    this.#turns.set(
      id,
      turn.catch(() => undefined),
    )
    await turn
  }

  // ---- acts ----

  async login(user: User, client: string): Promise<void> {
    const onlooker = new Onlooker(this.village, user, { client })
    const reply = await this.#persist(`${user}/${client} logs in`, onlooker, (one) => one.phone.login())
    if (reply.code !== 200) return
    onlooker.phone.sessionId = reply.primitive!.textOf('SessionID')
    for (const other of this.members)
      if (other.user === user && other.onlooker.phone.options.client === client) other.over = true
    this.members.push({ user, onlooker, seen: new Map(), over: false })
    await this.#persist(`${user}/${client} agrees to everything`, onlooker, (one) =>
      one.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } }),
    )
  }

  async restore(member: Member, client: string): Promise<void> {
    const { user } = member
    const onlooker = new Onlooker(this.village, user, { client })
    const { id } = member.onlooker
    onlooker.phone.sessionId = id
    const reply = await this.#persist(`${user}/${client} restores ${id.slice(0, 4)}`, onlooker, (one) =>
      one.phone.login({ sessionId: id }),
    )
    if (reply.code !== 200) return
    for (const other of this.members)
      if (other.user === user && (other.onlooker.id === id || other.onlooker.phone.options.client === client))
        other.over = true
    // The same client remembers TransactionIDs; any client starts with an empty cache (R13).
    const seen = member.onlooker.phone.options.client === client ? member.seen : new Map<string, string>()
    const anew = { user, onlooker, seen, over: false }
    this.members.splice(
      this.members.findIndex((other) => other.onlooker.id === id),
      1,
      anew,
    )
  }

  logout = (member: Member) => this.#tell(member, 'logs out', (one) => one.phone.request('Logout-Request'), true)

  async disconnect(member: Member): Promise<void> {
    const found = await this.village.store.sessions.read(member.onlooker.id)
    if (found) await endSession(this.village, found.session, 'disconnect')
    this.#note(`the operator disconnects ${this.#name(member)}`)
  }

  subscribe = (member: Member, whom: readonly User[], named: readonly string[] | undefined) =>
    this.#tell(member, `subscribes to ${whom} ${named ?? ''}`, (one) =>
      one.subscribe(whom, { PresenceSubList: named && subList(named) }),
    )

  unsubscribe = (member: Member, whom: readonly User[]) =>
    this.#tell(member, `unsubscribes from ${whom}`, (one) => one.unsubscribe(whom))

  createList = (member: Member, whom: readonly User[]) =>
    this.#tell(member, `makes a list of ${whom}`, (one) =>
      one.phone.request('CreateList-Request', { ContactList: listOf(member), NickList: nicks(whom) }),
    )

  deleteList = (member: Member) =>
    this.#tell(member, 'deletes its list', (one) =>
      one.phone.request('DeleteList-Request', { ContactList: listOf(member) }),
    )

  addToList = (member: Member, whom: readonly User[]) =>
    this.#tell(member, `adds ${whom} to its list`, (one) =>
      one.phone.request('ListManage-Request', { ContactList: listOf(member), AddNickList: nicks(whom) }),
    )

  removeFromList = (member: Member, whom: readonly User[]) =>
    this.#tell(member, `takes ${whom} from its list`, (one) =>
      one.phone.request('ListManage-Request', {
        ContactList: listOf(member),
        RemoveNickList: { UserID: whom.map((user) => `wv:${user}`) },
      }),
    )

  follow = (member: Member, follows: boolean) =>
    this.#tell(member, `subscribes to its list, AutoSubscribe ${follows}`, (one) =>
      one.phone.request('SubscribePresence-Request', { ContactList: listOf(member), AutoSubscribe: follows }),
    )

  update = (member: Member, name: 'StatusText' | 'FreeTextLocation') => {
    const text = `text ${++this.#texted}`
    return this.#tell(member, `says ${name} ${text}`, (one) => one.update({ [name]: { PresenceValue: text } }))
  }

  authorise = (member: Member, whom: User, accepts: boolean, named: readonly string[] | undefined) =>
    this.#tell(member, `${accepts ? 'authorises' : 'refuses'} ${whom} ${named ?? ''}`, (one) =>
      one.authorise(whom, accepts, named),
    )

  cancel = (member: Member, whom: User) =>
    this.#tell(member, `cancels what it allowed ${whom}`, (one) =>
      one.phone.request('CancelAuth-Request', { UserID: `wv:${whom}` }),
    )

  block = (member: Member, whom: User, blocks: boolean, inUse: boolean) =>
    this.#tell(member, `${blocks ? 'blocks' : 'unblocks'} ${whom}, in use ${inUse}`, (one) =>
      one.phone.request('BlockEntity-Request', {
        BlockList: { InUse: inUse, [blocks ? 'AddList' : 'RemoveList']: { UserID: `wv:${whom}` } },
      }),
    )

  allowAll = (member: Member, named: readonly string[] | undefined) =>
    this.#tell(member, `lets everybody see ${named ?? 'what nobody has said'}`, (one) =>
      named
        ? one.phone.request('CreateAttributeList-Request', { DefaultList: 'T', PresenceSubList: subList(named) })
        : one.phone.request('DeleteAttributeList-Request', { DefaultList: 'T' }),
    )

  async poll(member: Member, acknowledges: boolean): Promise<void> {
    const { reply, from } = await this.#ask(member.onlooker, (one) => one.phone.poll())
    this.#note(`${this.#name(member)} polls`, reply)
    const ids = this.#hear(member, reply, from)
    if (!acknowledges) return
    for (const id of ids) {
      const { reply, from } = await this.#ask(member.onlooker, (one) => one.phone.acknowledge(id))
      this.#note(`${this.#name(member)} acknowledges ${id}`, reply)
      this.#hear(member, reply, from)
    }
  }

  /** Time goes by, and the sweeper comes every minute. */
  async pass(seconds: number): Promise<void> {
    this.#note(`${seconds} s pass`)
    for (let left = seconds; left > 0; left -= 60) {
      this.village.clock.advance(Math.min(left, 60) * 1000)
      if (left >= 60) await this.sweep()
    }
  }

  async sweep(): Promise<void> {
    await sweep(this.village.with({ table: this.#faults.invocation() }), this.village.now() + 1000).catch(
      () => undefined,
    )
  }

  // ---- the end ----

  /** The faults stop, the sweeper comes by, everybody polls until nothing is left: then everybody knows what is there. */
  async settle(): Promise<void> {
    for (const member of this.members) await this.#keepAlive(member)
    for (let run = 0; run < 2; run++) {
      this.village.clock.advance(61_000)
      await sweep(this.village, this.village.now() + 1000)
    }
    this.#note('faults stop, the sweeper comes by')
    expect(
      this.table.items().filter(({ sk }) => sk.startsWith('job#')),
      'a job was left',
    ).toEqual([])
    const live = await this.#live()
    for (const member of live) await this.#drain(member)
    for (const member of live) await this.#compare(member, live)
  }

  async #keepAlive({ onlooker }: Member): Promise<void> {
    await onlooker.phone.request('KeepAlive-Request', { TimeToLive: 7200 })
  }

  /** The sessions that are live, each with the client that had it last. */
  async #live(): Promise<Member[]> {
    const found = await Promise.all(
      this.members.map(async (member) => {
        const session = (await this.village.store.sessions.read(member.onlooker.id))?.session
        return session && phase(this.village.now(), session) === 'live' ? [member] : []
      }),
    )
    return found.flat()
  }

  async #drain(member: Member): Promise<void> {
    for (let round = 0; round < 100; round++) {
      const from = this.#moment
      const reply = await member.onlooker.phone.poll()
      // What was sent before comes again in its time.
      if (reply.name === 'nothing') {
        if (round > 0 && round % 2 === 0) return
        this.village.clock.advance(81_000)
        continue
      }
      for (const id of this.#hear(member, reply, from)) {
        const from = this.#moment
        this.#hear(member, await member.onlooker.phone.acknowledge(id), from)
      }
    }
  }

  async #compare(member: Member, live: readonly Member[]): Promise<void> {
    const watched = await this.village.store.subscriptions.watched(member.onlooker.id)
    for (const { user, attributes: wanted, off } of watched.subscriptions) {
      if (off) continue
      const names = attributesOf(wanted ?? allAttributes).map(({ name }) => name)
      const now = await member.onlooker.look(user, names)
      const known = Object.fromEntries(
        Object.entries(member.onlooker.known(user)).filter(([name]) => names.includes(name)),
      )
      expect(known, `${this.#name(member)} does not know ${user} as it is`).toEqual(now)
      const isThere = live.some((one) => one.user === user)
      if (now.OnlineStatus === 'PresenceValue=T')
        expect(isThere, `${user} is shown online without a session`).toBe(true)
    }
  }

  // ---- what is held against the rules ----

  #hear(member: Member, reply: Reply, from: number): string[] {
    const ids = (reply.message?.transactions ?? []).filter(({ mode }) => mode === 'Request').map(({ id }) => id!)
    for (const { transactionId, user, told } of notificationsIn(reply)) {
      const moments = this.#between(user as User, member.user, from)
      for (const [name, value] of told) {
        if (value === undefined) continue
        if (user !== member.user)
          expect(
            moments.some(({ visible }) => holds(visible, name)),
            `${member.user} was told ${name} of ${user}, and was not allowed to see it`,
          ).toBe(true)
        if (value.startsWith('PresenceValue=text'))
          expect(this.#texts, 'a value that never was').toContain(value.replace('PresenceValue=', ''))
      }
      this.#once(member, transactionId, `presence of ${user}`)
    }
    if (reply.name === 'PresenceAuth-Request') {
      const asking = nameIn(reply.primitive!.textOf('UserID'))
      this.#once(member, reply.transactionId!, `question of ${asking}`)
      const moments = this.#between(member.user, asking as User, from)
      expect(
        moments.some(({ answered }) => !answered),
        `${member.user} was asked about ${asking}, and has answered`,
      ).toBe(true)
    }
    const after = this.#unrepeated(member, reply)
    member.onlooker.hear(after)
    return ids
  }

  /** A phone drops what comes again under a TransactionID that it knows (clients.md 28). */
  #unrepeated(member: Member, reply: Reply): Reply {
    if (!reply.message) return reply
    const isNew = (id: string | undefined, name: string) => {
      if (id === undefined || name !== 'PresenceNotification-Request') return true
      if (member.seen.has(`heard ${id}`)) return false
      member.seen.set(`heard ${id}`, '')
      return true
    }
    const transactions = reply.message.transactions.filter(({ id, primitive }) => isNew(id, primitive.name))
    return { ...reply, message: { ...reply.message, transactions } }
  }

  #once(member: Member, id: string, what: string): void {
    const before = member.seen.get(id)
    expect(before ?? what, `TransactionID ${id} was used twice`).toBe(what)
    member.seen.set(id, what)
  }

  /** What an owner let a viewer see at the moments since a request was sent. */
  #between(owner: User, viewer: User, from: number): Moment[] {
    const all = this.#said.get(`${owner} ${viewer}`) ?? []
    const before = all.filter(({ at }) => at <= from).at(-1) ?? { at: 0, visible: 0, answered: false }
    return [before, ...all.filter(({ at }) => at > from)]
  }

  #noteSaid(pk: string): void {
    const owner = users.find((user) => pk === `user#${this.#accountIds.get(user)}`)
    if (!owner) return
    const access = (this.table.item({ pk, sk: 'presence#access' }) ?? noAccess) as unknown as Access
    for (const viewer of users) {
      const relation = this.table.item({ pk, sk: `relation#${viewer}` }) as unknown as Relation | undefined
      const { visible } = judge(access, relation, this.#accountIds.get(viewer)!)
      const answered = relation?.answer === 'GRANTED' || relation?.answer === 'DENIED'
      const moments = this.#said.get(`${owner} ${viewer}`) ?? []
      this.#said.set(`${owner} ${viewer}`, [...moments, { at: this.#moment, visible, answered }])
    }
  }

  #noteTexts(item: Item): void {
    for (const [, text] of JSON.stringify(item).matchAll(/"PresenceValue":"(text \d+)"/g)) this.#texts.add(text!)
  }

  // ---- asking ----

  /** Something a client wants done: it tries until it gets an answer, with faults and at last without. */
  async #tell(member: Member, what: string, act: (one: Onlooker) => Promise<Reply>, ends = false): Promise<void> {
    const reply = await this.#persist(`${this.#name(member)} ${what}`, member.onlooker, act)
    if (ends && reply.code === 200) member.over = true
    if (reply.code === 604) member.over = true
    await this.#forgetUnwatched()
  }

  async #persist(what: string, onlooker: Onlooker, act: (one: Onlooker) => Promise<Reply>): Promise<Reply> {
    for (let attempt = 0; attempt < 4; attempt++) {
      const { reply } = await this.#ask(onlooker, act, attempt === 3)
      this.#note(what, reply)
      if (reply.code !== 500 && reply.code !== 503) return reply
    }
    throw new Error(`${what}: no answer without faults`)
  }

  async #ask(onlooker: Onlooker, act: (one: Onlooker) => Promise<Reply>, clean = false) {
    const table = clean ? this.table : this.#faults.invocation()
    const from = this.#moment
    const { options, sessionId } = onlooker.phone
    const calling = new Onlooker(this.village.with({ table }), options.user!, options)
    calling.phone.sessionId = sessionId
    const reply = await act(calling)
    return { reply, from, crashed: !clean && (table as Invocation).crashed }
  }

  /** A client that watches somebody no more drops what it knew. */
  async #forgetUnwatched(): Promise<void> {
    for (const { onlooker } of this.members) {
      const { subscriptions } = await this.village.store.subscriptions.watched(onlooker.id)
      const watched = new Set(subscriptions.filter(({ off }) => !off).map(({ user }) => user))
      for (const user of users) if (!watched.has(user)) onlooker.forget(user)
    }
  }

  #name({ user, onlooker }: Member): string {
    return `${user}/${onlooker.phone.options.client} (${onlooker.id.slice(0, 4)})`
  }

  #note(what: string, reply?: Reply): void {
    const told = reply && notificationsIn(reply).map(({ user, told }) => `${user}: ${JSON.stringify(told)}`)
    this.history.push(`${what}${reply ? ` → ${reply.name} ${reply.code ?? ''} ${told}` : ''}`)
  }
}

const listOf = ({ user }: Member) => `wv:${user}/friends`
const nicks = (whom: readonly User[]) => ({ NickName: whom.map((user) => ({ Name: user, UserID: `wv:${user}` })) })
