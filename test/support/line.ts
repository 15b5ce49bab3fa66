import { answerMessage } from '../../src/conversation.ts'
import { type ContentTree, type Element, element } from '../../src/csp/element.ts'
import type { TransactionMode } from '../../src/csp/message.ts'
import { encodeXml } from '../../src/csp/xml/encode.ts'
import type { Village } from '../../src/village.ts'

/** What came back: the first transaction, if there was one. */
export interface LineReply {
  readonly name: string
  readonly code?: number
  readonly transactionId?: string
  readonly primitive?: Element
}

/**
 * A client for tests that ask by the hundred thousand: it speaks to the service in messages, without any encoding, in
 * CSP 1.2. What the encodings do is tested elsewhere.
 */
export class Line {
  readonly #village: Village
  readonly #user: string
  readonly #client: string
  session: string | undefined

  constructor(village: Village, user: string, client: string, session?: string) {
    this.#village = village
    this.#user = user
    this.#client = client
    this.session = session
  }

  /** A 2-way login, or the re-establishment of a session. Keeps the SessionID that it gets. */
  async login(timeToLive: number, session?: string): Promise<LineReply> {
    const content: ContentTree = {
      UserID: `wv:${this.#user}`,
      ClientID: { URL: this.#client },
      Password: 'pw',
      TimeToLive: timeToLive,
      SessionCookie: 'cookie',
    }
    const reply = await this.#send(element('Login-Request', content), '1', 'Request', session)
    if (reply.code === 200) this.session = reply.primitive!.textOf('SessionID')
    return reply
  }

  request(name: string, content: ContentTree = {}, id = '1', mode: TransactionMode = 'Request'): Promise<LineReply> {
    return this.#send(element(name, content), id, mode, this.session)
  }

  poll(): Promise<LineReply> {
    return this.request('Polling-Request')
  }

  async #send(primitive: Element, id: string, mode: TransactionMode, session?: string): Promise<LineReply> {
    const answer = await answerMessage(
      this.#village,
      {
        kind: 'session',
        version: '1.2',
        session: session === undefined ? { type: 'Outband' } : { type: 'Inband', id: session },
        transactions: [{ mode, id, primitive }],
      },
      {
        binding: { encoding: 'XML', bearer: 'HTTP' },
        source: '192.0.2.1',
        size: (message) => encodeXml(message).length,
      },
    )
    const first = answer?.transactions[0]
    if (!first) return { name: 'nothing' }
    const code = first.primitive.find('Result', 'Code')?.text
    return {
      name: first.primitive.name,
      primitive: first.primitive,
      ...(code !== undefined && { code: Number(code) }),
      ...(first.id !== undefined && { transactionId: first.id }),
    }
  }
}
