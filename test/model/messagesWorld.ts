import { expect } from 'vitest'
import type { Element } from '../../src/csp/element.ts'
import { triesMax } from '../../src/delivery/resending.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { createFaults, type FaultRates, type Faults } from '../support/faultTable.ts'
import { Line, type LineReply } from '../support/line.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { createChooser } from '../support/random.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

export const users = ['ann', 'bob', 'carl'] as const
export const clients = ['phone', 'pc', 'mute'] as const

/** A message as its sender sees it. */
interface Message {
  readonly text: string
  readonly from: Client
  readonly to: readonly string[]
  readonly report: boolean
  readonly request: string
  readonly session: string
  readonly sentAt: number
  /** When it was sent for the first time, and when that was answered with a MessageID, in steps of the story. */
  readonly sentIn: number
  acceptedIn?: number
  messageId?: string
  /** By recipient. */
  readonly received: Map<string, { times: number; acknowledged: 'no' | 'maybe' | 'yes' }>
}

/** A client of a user: believes what it is told, and acknowledges it, unless it is mute. */
interface Client {
  readonly user: string
  readonly name: string
  session?: string
  /** TransactionIDs under which messages have come in this session, and whether any was acknowledged for certain. */
  received: Map<string, string>
  acknowledges: boolean
  /** What it got no answer to, and asks once more. */
  unanswered?: Message
  requests: number
}

/**
 * Three users with three clients each, who send each other messages over a table with faults; answers are lost as well.
 * Beside it the reference: what was accepted has to come, in the order of each sender, and once it was acknowledged it must
 * not come again.
 */
export class MessagesWorld {
  readonly history: string[] = []
  readonly messages: Message[] = []
  /** Reports by MessageID and recipient: one may come before the sender has got the MessageID. */
  readonly #reports: { readonly of: string; readonly to: string; readonly by: string }[] = []
  readonly #table = createMemoryTable()
  readonly #village: TestVillage
  readonly #faults: Faults
  readonly #choose: () => number
  readonly #clients: Client[]
  readonly #lossRate: number
  #step = 0

  private constructor(seed: number, rates: FaultRates, lossRate: number) {
    this.#village = createTestVillage({ table: this.#table, seed: String(seed) })
    this.#choose = createChooser(`${seed} losses`)
    this.#faults = createFaults({ table: this.#table, now: this.#village.now, choose: createChooser(seed), rates })
    this.#lossRate = lossRate
    this.#clients = users.flatMap((user) =>
      clients.map((name) => ({ user, name, received: new Map(), acknowledges: false, requests: 0 })),
    )
  }

  static async create(seed: number, rates: FaultRates, lossRate: number): Promise<MessagesWorld> {
    const world = new MessagesWorld(seed, rates, lossRate)
    for (const user of users) await addCheapAccount(world.#village, user, 'pw')
    return world
  }

  client(number: number): Client {
    return this.#clients[number % this.#clients.length]!
  }

  pass(seconds: number): void {
    this.#village.clock.advance(seconds * 1000)
    this.#note(`${seconds} s pass`)
  }

  async sweep(): Promise<void> {
    const village = this.#village.with({ table: this.#faults.invocation() })
    await sweep(village, this.#village.now() + 1000).catch(() => undefined)
    this.#note('the sweeper runs')
  }

  async login(client: Client): Promise<void> {
    const reply = await this.#ask(client, (line) => line.login(600))
    this.#note(`${name(client)} logs in`, reply)
    if (reply?.code !== 200) return
    client.session = reply.primitive!.textOf('SessionID')!
    client.received = new Map()
    client.acknowledges = false
    await this.#negotiate(client)
  }

  async #negotiate(client: Client): Promise<void> {
    const CapabilityList = { ClientType: 'MOBILE_PHONE', ServerPollMin: 10 }
    await this.#inband(client, (line) => line.request('ClientCapability-Request', { CapabilityList }))
  }

  /** R13: it comes back with its old Session-ID, and finds its messages under their old TransactionIDs. */
  async restore(client: Client): Promise<void> {
    const { session } = client
    if (session === undefined) return this.login(client)
    const reply = await this.#ask(client, (line) => line.login(600, session))
    this.#note(`${name(client)} comes back`, reply)
    if (reply?.code === 604) client.session = undefined
    if (reply?.primitive?.textOf('CapabilityRequest') === 'T') await this.#negotiate(client)
  }

  async logout(client: Client): Promise<void> {
    const reply = await this.#inband(client, (line) => line.request('Logout-Request'))
    this.#note(`${name(client)} logs out`, reply)
  }

  async keepAlive(client: Client): Promise<void> {
    this.#note(`${name(client)}: KeepAlive`, await this.#inband(client, (line) => line.request('KeepAlive-Request')))
  }

  async send(client: Client, to: readonly string[], report: boolean): Promise<void> {
    const { session } = client
    if (session === undefined) return
    const message: Message = {
      text: `message ${this.messages.length + 1}`,
      from: client,
      to,
      report,
      request: `m${++client.requests}`,
      session,
      sentAt: this.#village.now(),
      sentIn: ++this.#step,
      received: new Map(to.map((user) => [user, { times: 0, acknowledged: 'no' }])),
    }
    this.messages.push(message)
    await this.#send(message)
  }

  /** The same request once more: nobody knows what has become of it. */
  async repeat(client: Client): Promise<void> {
    const message = client.unanswered
    client.unanswered = undefined
    // After five minutes it would be another message, and so it would in another session.
    const isSame = message && message.session === client.session && this.#village.now() - message.sentAt < 280_000
    if (isSame) await this.#send(message)
  }

  async #send(message: Message): Promise<void> {
    const { from, text, request } = message
    const reply = await this.#inband(from, (line) =>
      line.request(
        'SendMessage-Request',
        {
          DeliveryReport: message.report,
          MessageInfo: { Recipient: { User: message.to.map((user) => ({ UserID: `wv:${user}` })) } },
          ContentData: text,
        },
        request,
      ),
    )
    this.#note(`${name(from)} sends ${text} to ${message.to.join(' and ')}`, reply)
    if (reply === undefined || reply.code === 500 || reply.code === 503) {
      from.unanswered = message
      return
    }
    if (reply.code !== 200) return
    const messageId = reply.primitive!.textOf('MessageID')!
    if (message.messageId !== undefined)
      expect(messageId, 'the same request got another MessageID').toBe(message.messageId)
    message.messageId = messageId
    message.acceptedIn ??= ++this.#step
  }

  /** @param depth how many answers to acknowledgements are acknowledged in turn */
  async poll(client: Client, depth: number): Promise<void> {
    const reply = await this.#inband(client, (line) => line.poll())
    this.#note(`${name(client)} polls`, reply)
    await this.#receive(client, reply, depth)
  }

  async #receive(client: Client, reply: LineReply | undefined, depth: number): Promise<void> {
    if (!reply) return
    const { transactionId, primitive } = reply
    if (reply.name === 'DeliveryReport-Request') {
      this.#reported(client, primitive!)
      return this.#acknowledge(client, transactionId!, undefined, depth)
    }
    if (reply.name !== 'NewMessage') return
    const message = this.messages.find(({ text }) => text === primitive!.textOf('ContentData'))!
    this.#came(client, message, transactionId!)
    const messageId = primitive!.find('MessageInfo', 'MessageID')!.text
    if (client.name !== 'mute') await this.#acknowledge(client, transactionId!, message, depth, messageId)
  }

  #came(client: Client, message: Message, transactionId: string): void {
    const state = message.received.get(client.user)
    expect(state, `${message.text} came to somebody else`).toBeDefined()
    expect(state!.acknowledged, `${message.text} came again though it was acknowledged`).not.toBe('yes')
    const before = client.received.get(message.text)
    if (before !== undefined)
      expect(transactionId, `${message.text} came again under another TransactionID`).toBe(before)
    for (const [text, id] of client.received)
      if (text !== message.text && id === transactionId)
        throw new Error(`${message.text} came under the TransactionID of ${text}`)
    client.received.set(message.text, transactionId)
    state!.times++
    // A client that has never acknowledged anything is not waited for for ever (clients.md 23).
    if (client.acknowledges) this.#checkOrder(client, message)
  }

  /** What was accepted of its sender before it was sent has come before it, unless the client was given up on. */
  #checkOrder(client: Client, message: Message): void {
    const late = this.messages.filter(
      ({ from, acceptedIn, received }) =>
        from.user === message.from.user && acceptedIn! < message.sentIn && received.get(client.user)?.times === 0,
    )
    if (late.length === 0) return
    const items = this.#table.items()
    const isGivenUp = ({ messageId }: Message) =>
      items.some(
        (item) =>
          item.messageId === messageId && item.kind === 'message' && Object.keys(item.told as object).length > 0,
      )
    const isWaitedFor = items.some(
      ({ pk, acknowledges }) => pk === `session#${client.session}` && acknowledges === true,
    )
    if (isWaitedFor)
      expect(
        late.filter((one) => !isGivenUp(one)).map(({ text }) => text),
        `come after ${message.text}`,
      ).toEqual([])
  }

  async #acknowledge(
    client: Client,
    transactionId: string,
    message: Message | undefined,
    depth: number,
    messageId?: string,
  ): Promise<void> {
    const state = message?.received.get(client.user)
    const reply = await this.#inband(client, (line) =>
      message
        ? line.request('MessageDelivered', { MessageID: messageId! }, transactionId, 'Response')
        : line.request('Status', { Result: { Code: 200 } }, transactionId, 'Response'),
    )
    this.#note(`${name(client)} acknowledges ${message?.text ?? 'a report'}`, reply)
    const failed = reply === undefined || reply.code === 500 || reply.code === 503 || reply.code === 604
    if (state && state.acknowledged !== 'yes') state.acknowledged = failed ? 'maybe' : 'yes'
    if (failed) return
    if (message) client.acknowledges = true
    if (depth > 0) await this.#receive(client, reply, depth - 1)
    else if (reply.name === 'NewMessage') {
      const next = this.messages.find(({ text }) => text === reply.primitive!.textOf('ContentData'))!
      this.#came(client, next, reply.transactionId!)
    } else if (reply.name === 'DeliveryReport-Request') this.#reported(client, reply.primitive!)
  }

  #reported({ user }: Client, report: Element): void {
    const text = (...path: string[]) => report.find('MessageInfo', ...path)!.text!
    this.#reports.push({ of: text('MessageID'), to: text('Recipient', 'User', 'UserID').slice('wv:'.length), by: user })
  }

  /** Reports came to those who have asked for them, of what was delivered. */
  #checkReports(): void {
    for (const { of, to, by } of this.#reports) {
      const message = this.messages.find(({ messageId }) => messageId === of)
      // The sender never learned that it was sent.
      if (!message) continue
      expect(message.from.user, 'a report came to somebody else').toBe(by)
      expect(message.report, 'nobody has asked for a report').toBe(true)
      expect(message.received.get(to)?.acknowledged, 'a report of what nobody has acknowledged').not.toBe('no')
    }
  }

  /** The faults stop; everybody logs in with another client and fetches what there is. */
  async settle(): Promise<void> {
    this.#village.clock.advance(61_000)
    for (let run = 0; run < 3; run++) await sweep(this.#village, this.#village.now() + 1000)
    for (const user of users) await this.#drain(user)
    // Reports follow deliveries, so those who have been drained before have some more.
    for (const user of users) await this.#drain(user)
    for (const message of this.messages) {
      if (message.acceptedIn === undefined) continue
      for (const [user, { times, acknowledged }] of message.received) {
        expect(times, `${message.text} to ${user} was lost`).toBeGreaterThan(0)
        expect(acknowledged, `${message.text} to ${user} still waits`).not.toBe('no')
        const isReported = this.#reports.some(({ of, to }) => of === message.messageId && to === user)
        if (message.report) expect(isReported, `no report of ${message.text} to ${user}`).toBe(true)
      }
    }
    this.#checkReports()
  }

  async #drain(user: string): Promise<void> {
    const client: Client = { user, name: 'last', received: new Map(), acknowledges: false, requests: 0 }
    const line = new Line(this.#village, user, 'last')
    await line.login(600)
    client.session = line.session
    for (let idle = 0; idle < 2; ) {
      let reply = await line.poll()
      if (reply.name === 'nothing') idle++
      while (reply.name !== 'nothing') {
        const { transactionId, primitive } = reply
        const text = primitive!.textOf('ContentData')
        const message = this.messages.find((one) => one.text === text)
        if (message) this.#came(client, message, transactionId!)
        else this.#reported(client, primitive!)
        reply = await line.request('Status', { Result: { Code: 200 } }, transactionId!, 'Response')
        const state = message?.received.get(user)
        if (state) state.acknowledged = 'yes'
        if (message) client.acknowledges = true
      }
      // What is on its way to another client comes when its time there is over.
      this.#village.clock.advance(10_000 * 2 ** triesMax)
    }
  }

  async #inband(client: Client, act: (line: Line) => Promise<LineReply>): Promise<LineReply | undefined> {
    if (client.session === undefined) return undefined
    return this.#ask(client, (line) => {
      line.session = client.session
      return act(line)
    })
  }

  /** @returns undefined when the answer was lost */
  async #ask(client: Client, act: (line: Line) => Promise<LineReply>): Promise<LineReply | undefined> {
    const table = this.#faults.invocation()
    const line = new Line(this.#village.with({ table }), client.user, client.name)
    const reply = await act(line)
    return this.#choose() < this.#lossRate ? undefined : reply
  }

  #note(act: string, reply?: LineReply): void {
    const text = reply?.primitive?.textOf('ContentData')
    const told = reply ? ` → ${reply.name} ${reply.code ?? ''}${text ?? ''} ${reply.transactionId ?? ''}` : ''
    this.history.push(act + told)
  }
}

const name = ({ user, name }: Client): string => `${user}/${name}`
