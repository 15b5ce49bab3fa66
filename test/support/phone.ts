import { createHash } from 'node:crypto'
import { type ContentTree, type Element, element } from '../../src/csp/element.ts'
import type { SessionMessage, TransactionMode } from '../../src/csp/message.ts'
import { namespaces, type Version } from '../../src/csp/versions.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { escapeText } from '../../src/csp/xml/entities.ts'
import { type ServiceAnswer, serve } from '../../src/service.ts'
import type { Binding } from '../../src/session/session.ts'
import type { Village } from '../../src/village.ts'

/** What came back: the HTTP answer, and when it has a body the message in it. */
export interface Reply {
  readonly http: ServiceAnswer
  readonly message?: SessionMessage
  /** The first primitive; undefined for an empty answer. */
  readonly primitive?: Element
  /** Name of the first primitive, or `nothing`. */
  readonly name: string
  /** The Result code of the first primitive, if it has one. */
  readonly code?: number
  /** TransactionID of the first transaction. */
  readonly transactionId?: string
  readonly text: string
}

export interface PhoneOptions {
  readonly user?: string
  readonly password?: string
  /** undefined: no ClientID at all. */
  readonly client?: string
  readonly cookie?: string
  readonly version?: Version
  readonly source?: string
  readonly bearer?: Binding['bearer']
}

/** A client for tests: writes its own XML (in no particular order), remembers its session, and believes nothing. */
export class Phone {
  village: Village
  readonly options: PhoneOptions
  version: Version
  sessionId: string | undefined
  #transaction = 0

  constructor(village: Village, options: PhoneOptions = {}) {
    this.village = village
    this.options = options
    this.version = options.version ?? '1.2'
  }

  /** Sends one primitive, inband when the phone has a session. */
  request(
    name: string,
    content: ContentTree = {},
    { id = String(++this.#transaction), mode = 'Request' as TransactionMode, session = this.sessionId }: Sending = {},
  ): Promise<Reply> {
    return this.post(this.#envelope([this.#transactionXml(id, mode, element(name, content))], session))
  }

  /** Sends several primitives in one message. */
  requests(...primitives: readonly Element[]): Promise<Reply> {
    const written = primitives.map((one) => this.#transactionXml(String(++this.#transaction), 'Request', one))
    return this.post(this.#envelope(written, this.sessionId))
  }

  poll(): Promise<Reply> {
    return this.post(this.#envelope([this.#transactionXml('', 'Request', element('Polling-Request'))], this.sessionId))
  }

  acknowledge(id: string): Promise<Reply> {
    return this.request('Status', { Result: { Code: 200 } }, { id, mode: 'Response' })
  }

  /** A 2-way login; with `sessionId` a re-establishment in form A or B. Keeps the SessionID that it gets. */
  async login({
    sessionId,
    form = 'A',
    timeToLive,
    password = this.options.password ?? 'pw',
    more = {},
  }: LoginOptions = {}): Promise<Reply> {
    const content = {
      ...this.#credentials(timeToLive),
      Password: password,
      ...(form === 'B' && { SessionID: sessionId }),
      ...more,
    }
    return this.#keep(
      await this.request('Login-Request', content, { session: (form === 'A' ? sessionId : undefined) ?? null }),
    )
  }

  /** A 4-way login in both rounds. */
  async loginByDigest({
    sessionId,
    timeToLive,
    password = this.options.password ?? 'pw',
    schema = 'MD5',
  }: LoginOptions & { schema?: string } = {}): Promise<Reply> {
    const first = await this.request(
      'Login-Request',
      { ...this.#credentials(timeToLive), DigestSchema: schema },
      { session: sessionId ?? null },
    )
    const nonce = first.primitive?.textOf('Nonce')
    if (nonce === undefined) return first
    return this.answerChallenge(nonce, { sessionId, timeToLive, password, schema })
  }

  async answerChallenge(
    nonce: string,
    { sessionId, timeToLive, password = 'pw', schema = 'MD5' }: LoginOptions & { schema?: string } = {},
  ): Promise<Reply> {
    const digest = createHash(schema === 'MD5' ? 'md5' : 'sha1')
      .update(nonce + password, 'latin1')
      .digest('base64')
    return this.#keep(
      await this.request(
        'Login-Request',
        { ...this.#credentials(timeToLive), DigestBytes: digest },
        { session: sessionId ?? null },
      ),
    )
  }

  async post(xml: string, contentType: string | undefined = 'application/vnd.wv.csp.xml'): Promise<Reply> {
    const { source = '192.0.2.1', bearer = 'HTTP' } = this.options
    return toReply(await serve(this.village, { method: 'POST', contentType, body: Buffer.from(xml), source, bearer }))
  }

  #credentials(timeToLive?: number): ContentTree {
    const { user = 'ann', client = 'phone', cookie = 'cookie' } = this.options
    return {
      UserID: `wv:${user}`,
      ClientID: 'client' in this.options && this.options.client === undefined ? undefined : { URL: client },
      TimeToLive: timeToLive,
      SessionCookie: cookie,
    }
  }

  #keep(reply: Reply): Reply {
    if (reply.code === 200) this.sessionId = reply.primitive?.textOf('SessionID') ?? this.sessionId
    return reply
  }

  #transactionXml(id: string, mode: TransactionMode, primitive: Element): string {
    const descriptor = `<TransactionMode>${mode}</TransactionMode><TransactionID>${escapeText(id)}</TransactionID>`
    return (
      `<Transaction><TransactionDescriptor>${descriptor}</TransactionDescriptor>` +
      `<TransactionContent xmlns="${namespaces[this.version].transaction}">${write(primitive)}</TransactionContent></Transaction>`
    )
  }

  #envelope(transactions: readonly string[], session: string | undefined | null): string {
    const descriptor =
      session == null
        ? '<SessionType>Outband</SessionType>'
        : `<SessionType>Inband</SessionType><SessionID>${session}</SessionID>`
    return `<WV-CSP-Message xmlns="${namespaces[this.version].session}"><Session><SessionDescriptor>${descriptor}</SessionDescriptor>${transactions.join('')}</Session></WV-CSP-Message>`
  }
}

/** How a request is sent: `session: null` is outband. */
export interface Sending {
  readonly id?: string
  readonly mode?: TransactionMode
  readonly session?: string | null
}

export interface LoginOptions {
  readonly sessionId?: string
  readonly form?: 'A' | 'B'
  readonly timeToLive?: number
  readonly password?: string
  readonly more?: ContentTree
}

const write = ({ name, children, rawText }: Element): string =>
  `<${name}>${children.length > 0 ? children.map(write).join('') : escapeText(rawText)}</${name}>`

export function toReply(http: ServiceAnswer): Reply {
  const text = Buffer.from(http.body).toString('utf8')
  if (http.status !== 200 || text === '') return { http, name: 'nothing', text }
  const message = decodeXml(http.body) as SessionMessage
  if (message.kind !== 'session') return { http, name: 'discovery', text }
  const first = message.transactions[0]!
  const code = first.primitive.find('Result', 'Code')?.text
  return {
    http,
    message,
    primitive: first.primitive,
    name: first.primitive.name,
    ...(code !== undefined && { code: Number(code) }),
    ...(first.id !== undefined && { transactionId: first.id }),
    text,
  }
}
