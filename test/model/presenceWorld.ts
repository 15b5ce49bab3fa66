import { expect } from 'vitest'
import type { ContentTree } from '../../src/csp/element.ts'
import { isAtLeast, type Version } from '../../src/csp/versions.ts'
import { type Access, judge, noAccess, type Relation } from '../../src/presence/access.ts'
import { allAttributes, attributesOf, holds } from '../../src/presence/attributes.ts'
import { endSession } from '../../src/session/ending.ts'
import { phase } from '../../src/session/session.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { ConditionFailed, type Item, type Table } from '../../src/store/table.ts'
import { createFaults, type FaultRates, type Faults } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import type { Reply } from '../support/phone.ts'
import { createChooser } from '../support/random.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'
import { nameIn, notificationsIn, Onlooker, subList, type Values } from '../support/watching.ts'

export const users = ['ann', 'bob', 'cat'] as const
export type User = (typeof users)[number]
export const clients = ['phone', 'pda'] as const
export const attributes = ['OnlineStatus', 'StatusText', 'FreeTextLocation', 'CommCap'] as const
/** What phones speak; 1.3 knows values of each client of a user, the others one of each. */
export const versions = ['1.2', '1.3', '1.2', '1.1', '1.3'] as const

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
  /** Something was said that covers it: there is nothing to ask. */
  readonly covered: boolean
}

/** A change of values whose call died, or may have, once it had written them. */
interface CutShort {
  readonly writeId: string
  /** When it was about to look who watches, for the first time. */
  readonly lookedAt: number
}

/** A slot as it was written. */
interface SlotWrite {
  readonly at: number
  readonly version?: number
  readonly since?: number
  /** Everything is to be told: the session subscribed, or came back. */
  readonly isWhole: boolean
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
  /** Happens once, when a call is about to write values. */
  beforeValues: (() => Promise<void>) | undefined
  readonly #faults: Faults
  readonly #accountIds = new Map<User, string>()
  readonly #said = new Map<string, Moment[]>()
  /** StatusText and FreeTextLocation that each user ever had. */
  readonly #texts = new Set<string>()
  readonly #turns = new Map<string, Promise<void>>()
  /** Changes of values that were written, by writeId. */
  readonly #published = new Map<string, { readonly pk: string; readonly version: number; readonly at: number }>()
  readonly #cutShort = new Set<CutShort>()
  /** By partition and sort key. */
  readonly #slotWrites = new Map<string, SlotWrite[]>()
  /** When a session was told of a user, by slot: from the request on until the answer. */
  readonly #heard = new Map<string, { readonly from: number; readonly until: number }[]>()
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
      if (operation.key.sk === 'presence' && operation.after) world.#noteValues(operation.after)
      if (operation.key.sk.startsWith('slot#') && operation.after) world.#noteSlot(operation.after)
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

  async login(user: User, client: string, version: Version): Promise<void> {
    const onlooker = new Onlooker(this.village, user, { client, version })
    const reply = await this.#persist(`${user}/${client} logs in by ${version}`, onlooker, (one) => one.phone.login())
    if (reply.code !== 200) return
    onlooker.phone.sessionId = reply.primitive!.textOf('SessionID')
    for (const other of this.members)
      if (other.user === user && other.onlooker.phone.options.client === client) other.over = true
    this.members.push({ user, onlooker, seen: new Map(), over: false })
    await this.#persist(`${user}/${client} agrees to everything`, onlooker, (one) =>
      one.phone.request('Service-Request', { Functions: { WVCSPFeat: '' } }),
    )
  }

  async restore(member: Member, client: string, version = versionOf(member)): Promise<void> {
    const { user } = member
    const onlooker = new Onlooker(this.village, user, { client, version })
    const { id } = member.onlooker
    onlooker.phone.sessionId = id
    const reply = await this.#persist(`${user}/${client} restores ${id.slice(0, 4)} by ${version}`, onlooker, (one) =>
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

  /** 1.3 has no such answer: there it is an attribute list. */
  authorise = (member: Member, whom: User, accepts: boolean, named: readonly string[] | undefined) =>
    isAtLeast(versionOf(member), '1.3')
      ? this.letSee(member, whom, accepts ? (named ?? attributes) : [])
      : this.#tell(member, `${accepts ? 'authorises' : 'refuses'} ${whom} ${named ?? ''}`, (one) =>
          one.authorise(whom, accepts, named),
        )

  cancel = (member: Member, whom: User) =>
    isAtLeast(versionOf(member), '1.3')
      ? this.letSee(member, whom, undefined)
      : this.#tell(member, `cancels what it allowed ${whom}`, (one) =>
          one.phone.request('CancelAuth-Request', { UserID: `wv:${whom}` }),
        )

  block = (member: Member, whom: User, blocks: boolean, inUse: boolean) =>
    this.#listEntity(member, 'BlockList', whom, blocks, inUse)

  grant = (member: Member, whom: User, grants: boolean, inUse: boolean) =>
    this.#listEntity(member, 'GrantList', whom, grants, inUse)

  #listEntity(member: Member, list: 'BlockList' | 'GrantList', whom: User, adds: boolean, inUse: boolean) {
    const change = { [adds ? 'AddList' : 'RemoveList']: { UserID: `wv:${whom}` } }
    const content = isAtLeast(versionOf(member), '1.3')
      ? { [list]: change, [`${list}InUse`]: inUse }
      : { [list]: { InUse: inUse, ...change } }
    return this.#tell(
      member,
      `${adds ? 'puts' : 'takes'} ${whom} ${adds ? 'on' : 'from'} the ${list}, in use ${inUse}`,
      (one) => one.phone.request('BlockEntity-Request', content),
    )
  }

  /** Makes an attribute list for a user, for its contact list, for everybody; or deletes it, where nothing is named. */
  letSee(member: Member, whom: Whom, named: readonly string[] | undefined): Promise<void> {
    const target = targetIn(member, whom)
    return this.#tell(member, named ? `lets ${whom} see ${named}` : `deletes what ${whom} may see`, (one) =>
      named
        ? one.phone.request('CreateAttributeList-Request', { ...target, PresenceSubList: subList(named) })
        : one.phone.request('DeleteAttributeList-Request', target),
    )
  }

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
    await sweep(this.village.with({ table: this.#invocation() }), this.village.now() + 1000).catch(() => undefined)
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
    const version = versionOf(member)
    const watched = await this.village.store.subscriptions.watched(member.onlooker.id)
    for (const { user, attributes: wanted, off } of watched.subscriptions) {
      if (off) continue
      const names = attributesOf(wanted ?? allAttributes).flatMap(({ name, since }) =>
        isAtLeast(version, since) ? [name] : [],
      )
      const missed = await this.#missed(member, user as User)
      const owners = live.filter((one) => one.user === user)
      const clients = new Set(owners.map(({ onlooker }) => `ClientID(URL=${onlooker.phone.options.client})`))
      // 1.3: a full read leaves out clients that are not online, and who is told of changes knows what they said last.
      const counts = (name: string) => {
        const [attribute, client] = name.split(' of ')
        return names.includes(attribute!) && !missed.has(attribute!) && (client === undefined || clients.has(client))
      }
      const comparable = (values: Values) => Object.fromEntries(Object.entries(values).filter(([name]) => counts(name)))
      const now = await member.onlooker.look(user, names)
      const known = member.onlooker.known(user)
      expect(comparable(known), `${this.#name(member)} does not know ${user} as it is`).toEqual(comparable(now))
      for (const values of [now, known])
        for (const [name, value] of Object.entries(values)) {
          const [attribute, client] = name.split(' of ')
          if (attribute !== 'OnlineStatus' || value !== 'PresenceValue=T') continue
          if (!names.includes(attribute) || missed.has(attribute)) continue
          const isThere = client === undefined ? clients.size > 0 : clients.has(client)
          expect(isThere, `${user} is online by ${client ?? 'some client'} without a session`).toBe(true)
        }
    }
  }

  /**
   * The one hole that is accepted (docs/architecture.md, "Known hole"): a session that subscribed or came back while a
   * change was being written, and had also fetched everything before it was written, is not told of that change when the
   * call then dies before its second look. Nobody else may miss anything, and it may miss nothing else.
   *
   * @returns the attributes that are the newest of such a change
   */
  async #missed({ onlooker }: Member, user: User): Promise<ReadonlySet<string>> {
    const pk = `user#${this.#accountIds.get(user)}`
    const slot = `session#${onlooker.id}slot#${user}`
    const writes = this.#slotWrites.get(slot) ?? []
    const missed = new Set<number>()
    for (const { writeId, lookedAt } of this.#cutShort) {
      const change = this.#published.get(writeId)
      if (change?.pk !== pk) continue
      const came = writes.findLast(({ at, isWhole }) => isWhole && at > lookedAt && at < change.at)
      if (!came) continue
      const fetched = this.#heard.get(slot)?.some(({ from, until }) => until >= came.at && from < change.at)
      // Anything written since that goes back behind the change, or has everything told, tells of it.
      const isTold = writes.some(({ at, version, since, isWhole }) => {
        if (at <= came.at) return false
        if (version === change.version) return true
        return at > change.at && (isWhole || (since !== undefined && since < change.version))
      })
      if (fetched && !isTold) missed.add(change.version)
    }
    if (missed.size === 0) return new Set()
    this.#note(`${onlooker.phone.options.user} has missed ${[...missed]} of ${user}`)
    const { values, singleAt, clients } = (await this.village.store.presence.read(this.#accountIds.get(user)!))!
    const dated = [values, ...Object.values(clients).map((one) => one.values)].flatMap((all) => Object.entries(all))
    const latest = [...dated.map(([name, { at }]) => [name, at] as const), ...Object.entries(singleAt)]
    return new Set(latest.flatMap(([name, at]) => (missed.has(at) ? [name] : [])))
  }

  // ---- what is held against the rules ----

  #hear(member: Member, reply: Reply, from: number): string[] {
    const ids = (reply.message?.transactions ?? []).filter(({ mode }) => mode === 'Request').map(({ id }) => id!)
    for (const { transactionId, user, told } of notificationsIn(reply)) {
      const moments = this.#between(user as User, member.user, from)
      pushTo(this.#heard, `session#${member.onlooker.id}slot#${user}`, { from, until: this.#moment })
      for (const [name, value] of told) {
        if (value === undefined) continue
        if (user !== member.user)
          expect(
            moments.some(({ visible }) => holds(visible, baseName(name))),
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
        moments.some(({ covered }) => !covered),
        `${member.user} was asked about ${asking}, and had said what it may see`,
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
    const before = all.filter(({ at }) => at <= from).at(-1) ?? { at: 0, visible: 0, covered: false }
    return [before, ...all.filter(({ at }) => at > from)]
  }

  #noteSaid(pk: string): void {
    const owner = users.find((user) => pk === `user#${this.#accountIds.get(user)}`)
    if (!owner) return
    const access = (this.table.item({ pk, sk: 'presence#access' }) ?? noAccess) as unknown as Access
    for (const viewer of users) {
      const relation = this.table.item({ pk, sk: `relation#${viewer}` }) as unknown as Relation | undefined
      const { visible, covered } = judge(access, relation, this.#accountIds.get(viewer)!)
      const moments = this.#said.get(`${owner} ${viewer}`) ?? []
      this.#said.set(`${owner} ${viewer}`, [...moments, { at: this.#moment, visible, covered }])
    }
  }

  #noteSlot({ pk, sk, version, since, refresh, only }: Item): void {
    const write = {
      at: this.#moment,
      version,
      since,
      isWhole: refresh !== undefined && only === undefined,
    } as SlotWrite
    pushTo(this.#slotWrites, pk + sk, write)
  }

  #noteValues(item: Item): void {
    this.#published.set(item.writeId as string, { pk: item.pk, version: item.version as number, at: this.#moment })
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
    const table = clean ? this.table : this.#invocation()
    const from = this.#moment
    const { options, sessionId } = onlooker.phone
    const calling = new Onlooker(this.village.with({ table }), options.user!, options)
    calling.phone.sessionId = sessionId
    const reply = await act(calling)
    return { reply, from }
  }

  /** The table as one call sees it. Noted is which changes of values the call may have left in the middle. */
  #invocation(): Table {
    const table = this.#faults.invocation()
    const lookedAt = new Map<string, number>()
    const written: CutShort[] = []
    const noting = async <Result>(result: Promise<Result>): Promise<Result> => {
      try {
        return await result
      } catch (error) {
        if (!(error instanceof ConditionFailed)) for (const one of written) this.#cutShort.add(one)
        throw error
      }
    }
    return {
      get: (key, consistent) => noting(table.get(key, consistent)),
      query: (range) => {
        if (range.from?.startsWith('watcher#')) lookedAt.set(range.pk, this.#moment)
        return noting(table.query(range))
      },
      put: async (item, condition) => {
        if (item.sk === 'presence') {
          written.push({ writeId: item.writeId as string, lookedAt: lookedAt.get(item.pk) ?? this.#moment })
          const act = this.beforeValues
          this.beforeValues = undefined
          await act?.()
        }
        return noting(table.put(item, condition))
      },
      update: (key, change, condition) => noting(table.update(key, change, condition)),
      delete: (key, condition) => noting(table.delete(key, condition)),
      due: (shard, until, limit) => noting(table.due(shard, until, limit)),
      scan: () => table.scan(),
    }
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
    return `${user}/${onlooker.phone.options.client} ${onlooker.phone.version} (${onlooker.id.slice(0, 4)})`
  }

  #note(what: string, reply?: Reply): void {
    const told = reply && notificationsIn(reply).map(({ user, told }) => `${user}: ${JSON.stringify(told)}`)
    this.history.push(`${what}${reply ? ` → ${reply.name} ${reply.code ?? ''} ${told}` : ''}`)
  }
}

/** Of whom an attribute list says what they may see. */
export type Whom = User | 'friends' | 'everybody'

function targetIn(member: Member, whom: Whom): ContentTree {
  if (whom === 'everybody') return { DefaultList: 'T' }
  const isNew = isAtLeast(versionOf(member), '1.3')
  const named = whom === 'friends' ? { ContactList: listOf(member) } : { UserID: `wv:${whom}` }
  const list = whom === 'friends' ? 'ContactListIDList' : 'UserIDList'
  return { DefaultList: 'F', ...(isNew ? { [list]: named } : named) }
}

const pushTo = <Value>(map: Map<string, Value[]>, key: string, value: Value): void => {
  const values = map.get(key)
  if (values) values.push(value)
  else map.set(key, [value])
}
const versionOf = ({ onlooker }: Member): Version => onlooker.phone.version
/** `OnlineStatus` of `OnlineStatus of ClientID(URL=phone)`. */
const baseName = (name: string): string => name.split(' of ')[0]!
const listOf = ({ user }: Member) => `wv:${user}/friends`
const nicks = (whom: readonly User[]) => ({ NickName: whom.map((user) => ({ Name: user, UserID: `wv:${user}` })) })
