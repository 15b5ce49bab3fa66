import { createHash } from 'node:crypto'
import type { Element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { type AnsweredTransaction, readAnswer } from '../support/dialogueAnswer.ts'
import { Operator } from '../support/dialogueOperator.ts'
import { createWorld, type World } from '../support/dialogueWorld.ts'
import type { XmlNode } from '../support/dialogueXml.ts'
import type { Dynalite } from '../support/dynalite.ts'
import { contentOf, type Exchange, modeOf, primitiveOf, textOf } from './recording.ts'
import { userIn } from './truth.ts'
import { Wire } from './wire.ts'

/** One request of a recording and what our service answers to it. */
export interface Replayed {
  readonly number: number
  readonly primitive: string
  readonly mode: string
  /** Whose request it is: that of the session, or the one who logs in. */
  readonly user: string
  /** The primitive as the recorded client sent it. */
  readonly request: Element
  /** The content of the message that it sends, if it does. */
  readonly content: string | undefined
  /** The name of the primitive that the throw-away server answered, if it did. */
  readonly recordedName: string | undefined
  /** As the throw-away server answered it, for comparison: its Result code, if any. */
  readonly recordedCode: string | undefined
  /** The first user that the recorded answer names. */
  readonly recordedAbout: string | undefined
  /** Undefined for an empty answer. */
  readonly answer: AnsweredTransaction | undefined
  /** The server's own transactions in the answer. */
  readonly given: readonly AnsweredTransaction[]
  readonly poll: boolean
}

/** A server transaction that a client was given and has not acknowledged. */
interface Given {
  readonly session: string
  readonly id: string
  readonly kind: string
  /** Of a message. */
  readonly messageId: string | undefined
}

/** A TransactionID that our server does not come to within a recording: an acknowledgement of nothing. */
const neverGiven = '999'

/**
 * A recorded client at work on our service. Its requests go out as recorded, but for what it could not know beforehand:
 * SessionIDs, digests of our nonces, the InviteIDs that we give, and in its acknowledgements the TransactionIDs of our
 * server transactions and the MessageIDs of our messages. Where the recorded client acknowledges the server transaction of a kind, it acknowledges the
 * oldest of that kind that we gave it.
 */
export class Replay {
  readonly world: World
  readonly #wire: Wire
  readonly #passwords: ReadonlyMap<string, string>
  readonly #sessions = new Map<string, string>()
  readonly #users = new Map<string, string>()
  readonly #recordedKinds = new Map<string, string>()
  readonly #given: Given[] = []
  /** By session, the InviteID that ours has given last. */
  readonly #invitations = new Map<string, string>()
  readonly #nonces = new Map<string, { recorded: string; ours: string }>()

  private constructor(world: World, passwords: ReadonlyMap<string, string>) {
    this.world = world
    this.#wire = new Wire(world.url)
    this.#passwords = passwords
  }

  /** @param passwords by user name */
  static async start(dynalite: Dynalite, domain: string, passwords: ReadonlyMap<string, string>): Promise<Replay> {
    const world = await createWorld(await dynalite.createTable(), `recording ${domain}`)
    world.set('IMPS_DOMAIN', domain)
    const operator = new Operator(world)
    for (const [user, password] of passwords) {
      await operator.adds(user, password)
      await operator.lists(user, {})
    }
    return new Replay(world, passwords)
  }

  /** The users that there are. */
  get users(): ReadonlySet<string> {
    return new Set(this.#passwords.keys())
  }

  async stop(): Promise<void> {
    this.#wire.close()
    await this.world.close()
  }

  /** @throws UnreadableAnswer for an answer that does not keep to what holds for all */
  async send({ number, head, body: recorded, answered }: Exchange): Promise<Replayed> {
    const body = Buffer.from(this.#fitted(recorded))
    const fittedHead = head.map((line) => line.replace(/^(content-length: *)\d+$/i, `$1${body.length}`))
    const http = await this.#wire.exchange(fittedHead, body)
    const id = textOf(recorded, 'TransactionID') ?? ''
    const mode = modeOf(recorded) === 'Response' ? 'Response' : 'Request'
    const type = head.find((line) => /^content-type:/i.test(line))?.replace(/^[^:]*: */, '')
    const { transactions, poll } = readAnswer(http, { version: '1.2', contentType: type, transactions: [{ mode, id }] })
    const given = transactions.filter((one) => one.mode === 'Request')
    this.#learn(recorded, answered, transactions)
    // What came with the answer to an acknowledgement, where the recorded client got nothing, it would acknowledge as well.
    const more = given.find(({ primitive }) => answered === '' && primitive.name === 'GroupChangeNotice')
    if (mode === 'Response' && more) given.push(...(await this.#acknowledge(body, fittedHead, more, type)))
    return {
      number,
      primitive: primitiveOf(recorded) ?? '',
      mode,
      user: this.#users.get(textOf(recorded, 'SessionID') ?? '') ?? userOf(recorded),
      request: primitiveIn(recorded),
      content: contentOf(recorded),
      recordedName: primitiveOf(answered),
      recordedCode: textOf(answered, 'Code'),
      recordedAbout: textOf(answered, 'UserID'),
      answer: transactions[0],
      given,
      poll,
    }
  }

  async #acknowledge(
    acknowledgement: Buffer,
    head: readonly string[],
    { id: given }: AnsweredTransaction,
    contentType: string | undefined,
  ): Promise<readonly AnsweredTransaction[]> {
    const xml = acknowledgement
      .toString()
      .replace(/<TransactionID>[^<]*</, `<TransactionID>${given}<`)
      .replace(/<MessageDelivered>.*<\/MessageDelivered>/s, '<Status><Result><Code>200</Code></Result></Status>')
    const length = `Content-Length: ${Buffer.byteLength(xml)}`
    const fitted = head.map((line) => (/^content-length:/i.test(line) ? length : line))
    const http = await this.#wire.exchange(fitted, Buffer.from(xml))
    const place = this.#given.findIndex((one) => one.id === given && one.kind === 'GroupChangeNotice')
    this.#given.splice(place, 1)
    const transaction = { mode: 'Response', id: given } as const
    const { transactions } = readAnswer(http, { version: '1.2', contentType, transactions: [transaction] })
    this.#learn(xml, '', transactions)
    return transactions.filter((one) => one.mode === 'Request')
  }

  /** The SessionID that ours has for a recorded one. */
  sessionOf(recorded: string): string | undefined {
    return this.#sessions.get(recorded)
  }

  /** Kinds of server transactions that a recorded session was given and never acknowledged. */
  unacknowledged(user: string): string[] {
    return this.#given.filter(({ session }) => this.#users.get(session) === user).map(({ kind }) => kind)
  }

  #fitted(recorded: string): string {
    let body = recorded
    for (const [theirs, ours] of this.#sessions) body = body.replaceAll(`<SessionID>${theirs}<`, `<SessionID>${ours}<`)
    const id = textOf(recorded, 'TransactionID') ?? ''
    if (modeOf(recorded) === 'Response') {
      const given = this.#acknowledged(recorded, id)
      body = body.replace(`<TransactionID>${id}<`, `<TransactionID>${given?.id ?? neverGiven}<`)
      if (given?.messageId) body = body.replace(/<MessageID>[^<]*</, `<MessageID>${given.messageId}<`)
    }
    const invitation = this.#invitations.get(textOf(recorded, 'SessionID') ?? '')
    if (invitation !== undefined && recorded.includes('<InviteUser-Response>'))
      body = body.replace(/<InviteID>[^<]*</, `<InviteID>${invitation}<`)
    const digest = textOf(recorded, 'DigestBytes')
    return digest === undefined ? body : body.replace(digest, this.#digestFor(recorded, digest))
  }

  /** What the acknowledgement of a recorded server transaction acknowledges of ours. */
  #acknowledged(recorded: string, id: string): Given | undefined {
    const session = textOf(recorded, 'SessionID') ?? ''
    const kind = this.#recordedKinds.get(`${session} ${id}`)
    const own = this.#given.filter((one) => one.session === session)
    // What the recorded service has never sent is acknowledged in place of what came with it.
    const one = own.find((each) => each.kind === kind) ?? own.find((each) => each.kind === 'Invite-Response')
    const place = one === undefined ? -1 : this.#given.indexOf(one)
    return place < 0 ? undefined : this.#given.splice(place, 1)[0]
  }

  /** Right where the recorded digest was right, wrong where it was wrong: by the recorded nonce one can tell. */
  #digestFor(recorded: string, digest: string): string {
    const user = userOf(recorded)
    const nonces = this.#nonces.get(clientOf(recorded))
    if (!nonces) throw new Error('A digest comes before any nonce')
    const right = this.#passwords.get(user) ?? ''
    const password = digestOf(nonces.recorded, right) === digest ? right : `not ${right}`
    return digestOf(nonces.ours, password)
  }

  #learn(recorded: string, answered: string, [answer, ...rest]: readonly AnsweredTransaction[]): void {
    const [theirs, ours] = [textOf(answered, 'Nonce'), textIn(answer?.primitive, 'Nonce')]
    if (theirs && ours) this.#nonces.set(clientOf(recorded), { recorded: theirs, ours })
    const session = textOf(answered.slice(answered.indexOf('<TransactionContent')), 'SessionID')
    const logsIn = textIn(answer?.primitive, 'SessionID')
    if (session && logsIn) {
      this.#sessions.set(session, logsIn)
      this.#users.set(session, userOf(recorded))
    }
    const inSession = textOf(recorded, 'SessionID') ?? ''
    if (modeOf(answered) === 'Request')
      this.#recordedKinds.set(`${inSession} ${textOf(answered, 'TransactionID')}`, primitiveOf(answered) ?? '')
    for (const { mode, id, primitive } of answer ? [answer, ...rest] : []) {
      const isAgain = this.#given.some((one) => one.session === inSession && one.id === id)
      if (mode !== 'Request' || isAgain) continue
      const inviteId = primitive.name === 'InviteUser-Request' ? textIn(primitive, 'InviteID') : undefined
      if (inviteId !== undefined) this.#invitations.set(inSession, inviteId)
      const messageId = textIn(primitive, 'MessageInfo', 'MessageID')
      this.#given.push({ session: inSession, id, kind: primitive.name, messageId })
    }
  }
}

const userOf = (xml: string) => userIn(textOf(xml, 'UserID'))
const clientOf = (xml: string) => `${userOf(xml)} ${textOf(xml, 'SessionCookie')}`
const digestOf = (nonce: string, password: string) =>
  createHash('md5')
    .update(nonce + password, 'latin1')
    .digest('base64')

/** What the recorded client has sent, as our codec reads it. */
const primitiveIn = (xml: string): Element => (decodeXml(Buffer.from(xml)) as SessionMessage).transactions[0]!.primitive

/** The element at the end of a path of names. */
export const find = (node: XmlNode | undefined, ...path: string[]): XmlNode | undefined =>
  path.reduce<XmlNode | undefined>((at, name) => at?.children.find((child) => child.name === name), node)

/** The text of a child. */
export const textIn = (node: XmlNode | undefined, ...path: string[]): string | undefined => find(node, ...path)?.text
