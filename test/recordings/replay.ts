import { createHash } from 'node:crypto'
import { type AnsweredTransaction, readAnswer } from '../support/dialogueAnswer.ts'
import { Operator } from '../support/dialogueOperator.ts'
import { createWorld, type World } from '../support/dialogueWorld.ts'
import type { XmlNode } from '../support/dialogueXml.ts'
import type { Dynalite } from '../support/dynalite.ts'
import { type Exchange, modeOf, primitiveOf, textOf } from './recording.ts'
import { Wire } from './wire.ts'

/** One request of a recording and what our service answers to it. */
export interface Replayed {
  readonly number: number
  readonly primitive: string
  readonly mode: string
  readonly user: string | undefined
  /** As the throw-away server answered it, for comparison: its Result code, if any. */
  readonly recordedCode: string | undefined
  /** Undefined for an empty answer. */
  readonly answer: AnsweredTransaction | undefined
  readonly poll: boolean
}

/**
 * A recorded client at work on our service. Its requests go out as recorded, but for what it could not know beforehand:
 * SessionIDs, digests of our nonces, and the TransactionIDs of our server transactions in its acknowledgements.
 */
export class Replay {
  readonly world: World
  readonly #wire: Wire
  readonly #passwords: ReadonlyMap<string, string>
  readonly #sessions = new Map<string, string>()
  readonly #serverIds = new Map<string, string>()
  readonly #nonces = new Map<string, { recorded: string; ours: string }>()

  private constructor(world: World, passwords: ReadonlyMap<string, string>) {
    this.world = world
    this.#wire = new Wire(world.url)
    this.#passwords = passwords
  }

  /** @param passwords by user name */
  static async start(dynalite: Dynalite, domain: string, passwords: ReadonlyMap<string, string>): Promise<Replay> {
    const world = await createWorld(dynalite, `recording ${domain}`)
    world.set('IMPS_DOMAIN', domain)
    const operator = new Operator(world)
    for (const [user, password] of passwords) await operator.adds(user, password)
    return new Replay(world, passwords)
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
    const answer = readAnswer(http, { version: '1.2', contentType: type, transactions: [{ mode, id }] })
    const [transaction] = answer.transactions
    this.#learn(recorded, answered, transaction)
    return {
      number,
      primitive: primitiveOf(recorded) ?? '',
      mode,
      user: textOf(recorded, 'UserID'),
      recordedCode: textOf(answered, 'Code'),
      answer: transaction,
      poll: answer.poll,
    }
  }

  /** The SessionID that ours has for a recorded one. */
  sessionOf(recorded: string): string | undefined {
    return this.#sessions.get(recorded)
  }

  #fitted(recorded: string): string {
    let body = recorded
    for (const [theirs, ours] of this.#sessions) body = body.replaceAll(`<SessionID>${theirs}<`, `<SessionID>${ours}<`)
    const session = textOf(recorded, 'SessionID') ?? ''
    const id = textOf(recorded, 'TransactionID') ?? ''
    if (modeOf(recorded) === 'Response')
      body = body.replace(`<TransactionID>${id}<`, `<TransactionID>${this.#serverIds.get(`${session} ${id}`) ?? id}<`)
    const digest = textOf(recorded, 'DigestBytes')
    return digest === undefined ? body : body.replace(digest, this.#digestFor(recorded, digest))
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

  #learn(recorded: string, answered: string, answer: AnsweredTransaction | undefined): void {
    const [theirs, ours] = [textOf(answered, 'Nonce'), textIn(answer?.primitive, 'Nonce')]
    if (theirs && ours) this.#nonces.set(clientOf(recorded), { recorded: theirs, ours })
    const session = textOf(answered.slice(answered.indexOf('<TransactionContent')), 'SessionID')
    const given = textIn(answer?.primitive, 'SessionID')
    if (session && given) this.#sessions.set(session, given)
    const [theirId, inSession] = [textOf(answered, 'TransactionID'), textOf(recorded, 'SessionID')]
    if (modeOf(answered) === 'Request' && answer?.mode === 'Request' && theirId)
      this.#serverIds.set(`${inSession} ${theirId}`, answer.id)
  }
}

const userOf = (xml: string) => (textOf(xml, 'UserID') ?? '').replace(/^wv:/, '').replace(/@.*$/, '')
const clientOf = (xml: string) => `${userOf(xml)} ${textOf(xml, 'SessionCookie')}`
const digestOf = (nonce: string, password: string) =>
  createHash('md5')
    .update(nonce + password, 'latin1')
    .digest('base64')

/** The element at the end of a path of names. */
export const find = (node: XmlNode | undefined, ...path: string[]): XmlNode | undefined =>
  path.reduce<XmlNode | undefined>((at, name) => at?.children.find((child) => child.name === name), node)

/** The text of a child. */
export const textIn = (node: XmlNode | undefined, ...path: string[]): string | undefined => find(node, ...path)?.text
