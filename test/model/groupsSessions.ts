import { expect } from 'vitest'
import { sweep } from '../../src/session/sweeper.ts'
import { createFaults, type FaultRates, type Faults } from '../support/faultTable.ts'
import { Line, type LineReply } from '../support/line.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { createChooser } from '../support/random.ts'
import { createTestVillage, type TestVillage } from '../support/village.ts'
import { type Client, clients, failed, type GroupName, groups, Known, name, no, noticed, users } from './groupsKnown.ts'
import { GroupsTruth } from './groupsTruth.ts'

/**
 * Three users with three clients each, over a table with faults; answers are lost as well. Sessions and what becomes of
 * groups with them (R12), and what is known for certain of who is joined.
 */
export class GroupsSessions {
  readonly history: string[] = []
  readonly table: MemoryTable = createMemoryTable()
  readonly truth = new GroupsTruth(this.table)
  protected readonly village: TestVillage
  protected readonly faults: Faults
  protected readonly choose: () => number
  protected readonly clients: Client[]
  protected readonly lossRate: number
  protected readonly exact: boolean
  /** What users have said, or had said of them. */
  protected readonly autoJoins = new Map<string, Known<boolean>>()
  protected readonly rejections = new Map<string, Known<boolean>>()
  /** There are no faults any more. */
  protected isQuiet = false

  protected constructor(seed: number, rates: FaultRates, lossRate: number) {
    this.village = createTestVillage({ table: this.table, seed: String(seed) })
    this.choose = createChooser(`${seed} losses`)
    this.faults = createFaults({ table: this.table, now: this.village.now, choose: createChooser(seed), rates })
    this.lossRate = lossRate
    this.exact = rates.crash === 0 && lossRate === 0
    const fresh = { liveUntil: 0, isLive: false, mustNegotiate: false, mayMissNotices: false, requests: 0 }
    this.clients = users.flatMap((user) =>
      clients.map((name) => ({ ...fresh, user, name, in: no(), came: [], waiting: [] })),
    )
  }

  client(number: number): Client {
    return this.clients[number % this.clients.length]!
  }

  pass(seconds: number): void {
    this.village.clock.advance(seconds * 1000)
    for (const client of this.clients) if (this.village.now() >= client.liveUntil) this.mayBeOver(client)
    this.note(`${seconds} s pass`)
  }

  /** Nobody knows whether the session is still there, and where it is joined. */
  protected mayBeOver(client: Client): void {
    client.isLive = false
    for (const name of groups) if (client.in[name].value === true) client.in[name].value = 'maybe'
  }

  async sweep(): Promise<void> {
    const village = this.village.with({ table: this.isQuiet ? this.table : this.faults.invocation() })
    await sweep(village, this.village.now() + 1000).catch(() => undefined)
    this.note('the sweeper runs')
  }

  async login(client: Client): Promise<void> {
    const before = client.session
    this.mayBeOver(client)
    const reply = await this.ask(client, (line) => line.login(600))
    this.note(`${name(client)} logs in`, reply)
    if (reply?.code !== 200) {
      // It may have replaced the session that there was, which then ends when the sweeper comes by (R16).
      if (client.session === before) delete client.session
      return
    }
    // What another call of the same client has got meanwhile.
    if (client.session !== before) return
    const fresh = { in: no(), came: [], waiting: [], unanswered: undefined, mustNegotiate: true, mayMissNotices: false }
    Object.assign(client, fresh, { session: reply.primitive!.textOf('SessionID')! })
    this.isHeard(client)
    const told = this.settling(client, false)
    told(await this.negotiate(client))
  }

  /** Groups are left and joined: R12. @returns what is told whether that was done for certain */
  protected settling(client: Client, wasLive: boolean) {
    const stood = groups.map((group) => wasLive && client.in[group].value === true)
    const ends = groups.map((group) => client.in[group].begin())
    const auto = groups.map((group) => this.known(this.autoJoins, client.user, group).value)
    const { session } = client
    const before = this.truth.movementsOf(session!)
    return (isDone: boolean) => {
      for (const [index, group] of groups.entries()) {
        const isStill = this.known(this.autoJoins, client.user, group).value === auto[index]
        const wants = isDone && isStill ? auto[index]! : 'maybe'
        ends[index]!(wants === false ? false : wants === true && stood[index] ? true : 'maybe')
        // R12: groups in which it was still joined see neither leave nor join.
        if (wants === true && stood[index] && session === client.session && client.in[group].value === true)
          expect(
            this.truth.movementsOf(session!, group),
            'a group in which it was still joined has seen it move',
          ).toEqual(before.filter(({ room }) => this.truth.roomsOf(group).has(room)))
      }
    }
  }

  /** A negotiation after the login: what was joined since stays so, and AutoJoin groups may be joined. */
  protected joining(client: Client) {
    const before = groups.map((group) => client.in[group].value)
    const ends = groups.map((group) => client.in[group].begin())
    return (_: boolean) => {
      for (const [index, group] of groups.entries()) {
        const wants = this.known(this.autoJoins, client.user, group).value
        ends[index]!(before[index] === true || (before[index] === false && wants === false) ? 'as before' : 'maybe')
      }
    }
  }

  protected isHeard(client: Client): void {
    client.liveUntil = this.village.now() + 600_000
    client.isLive = true
  }

  protected async negotiate(client: Client): Promise<boolean> {
    const CapabilityList = { ClientType: 'MOBILE_PHONE', ServerPollMin: 10 }
    const capability = await this.inband(client, (line) => line.request('ClientCapability-Request', { CapabilityList }))
    const content = { ClientID: { URL: client.name }, Functions: { WVCSPFeat: '' }, AllFunctionsRequest: false }
    const service = await this.inband(client, (line) => line.request('Service-Request', content))
    const isDone = !failed(capability) && !failed(service)
    if (isDone) client.mustNegotiate = false
    return isDone
  }

  async restore(client: Client): Promise<void> {
    const { session } = client
    if (session === undefined) return this.login(client)
    const wasLive = client.isLive && this.village.now() < client.liveUntil
    client.mayMissNotices = true
    const told = this.settling(client, wasLive && !client.mustNegotiate)
    const reply = await this.ask(client, (line) => line.login(600, session))
    this.note(`${name(client)} comes back`, reply)
    if (reply?.code === 604 && client.session === session) client.session = undefined
    if (client.session !== session) return told(false)
    if (reply?.code !== 200) {
      this.mayBeOver(client)
      return told(false)
    }
    client.waiting = []
    this.isHeard(client)
    const isPending = reply.primitive?.textOf('CapabilityRequest') === 'T' || client.mustNegotiate
    if (isPending) client.mustNegotiate = true
    told(!isPending || (await this.negotiate(client)))
  }

  async logout(client: Client): Promise<void> {
    const ends = groups.map((group) => client.in[group].begin())
    const reply = await this.inband(client, (line) => line.request('Logout-Request'))
    this.note(`${name(client)} logs out`, reply)
    client.isLive = false
    client.liveUntil = 0
    for (const end of ends) end(reply?.code === 200 ? false : 'maybe')
  }

  async keepAlive(client: Client): Promise<void> {
    this.note(`${name(client)}: KeepAlive`, await this.inband(client, (line) => line.request('KeepAlive-Request')))
  }

  protected known(of: Map<string, Known<boolean>>, user: string, group: GroupName): Known<boolean> {
    const key = `${user} ${group}`
    const known = of.get(key) ?? new Known<boolean>(false)
    of.set(key, known)
    return known
  }

  protected async inband(client: Client, act: (line: Line) => Promise<LineReply>): Promise<LineReply | undefined> {
    const { session } = client
    if (session === undefined) return undefined
    const reply = await this.ask(client, (line) => {
      line.session = session
      return act(line)
    })
    if (reply?.code === 604) this.mayBeOver(client)
    return reply
  }

  /** @returns undefined when the answer was lost */
  protected async ask(client: Client, act: (line: Line) => Promise<LineReply>): Promise<LineReply | undefined> {
    const table = this.isQuiet ? this.table : this.faults.invocation()
    const line = new Line(this.village.with({ table }), client.user, client.name)
    const reply = await act(line)
    return !this.isQuiet && this.choose() < this.lossRate ? undefined : reply
  }

  protected note(act: string, reply?: LineReply): void {
    if (this.history.length > 20_000) throw new Error('there is no end')
    const text =
      reply?.primitive?.textOf('ContentData') ??
      (reply?.name === 'GroupChangeNotice' ? JSON.stringify(noticed(reply.primitive!)) : '')
    const told = reply ? ` → ${reply.name} ${reply.code ?? ''}${text} ${reply.transactionId ?? ''}` : ''
    this.history.push(act + told)
  }
}
