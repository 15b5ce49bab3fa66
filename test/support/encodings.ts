import { codecOf, contentTypeOf, type Encoding } from '../../src/csp/codecs.ts'
import { type ContentTree, element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'

export const encodings: readonly Encoding[] = ['XML', 'WBXML', 'PTS']

/** The content type that a client of 1.2 sends. */
export const typeOf = (encoding: Encoding): string => contentTypeOf(encoding, '1.2')

/** One request of 1.2 as a message; outband when there is no session. */
export const requestOf = (name: string, content: ContentTree = {}, sessionId?: string): SessionMessage => ({
  kind: 'session',
  version: '1.2',
  session: sessionId === undefined ? { type: 'Outband' } : { type: 'Inband', id: sessionId },
  transactions: [{ mode: 'Request', id: '7', primitive: element(name, content) }],
})

/** One request of 1.2 as bytes. */
export const bytesOf = (encoding: Encoding, name: string, content?: ContentTree, sessionId?: string): Buffer =>
  Buffer.from(codecOf(encoding).encode(requestOf(name, content, sessionId)))

/** The primitive in an answer, which has to be in that encoding. */
export const primitiveIn = (encoding: Encoding, body: Uint8Array) =>
  (codecOf(encoding).decode(body) as SessionMessage).transactions[0]!.primitive

/** What a client says to log in with a password, with an agreed session time in seconds. */
export const loginContent = (user: string, Password = 'pw'): ContentTree => ({
  UserID: `wv:${user}`,
  ClientID: { URL: `${user}-phone` },
  Password,
  TimeToLive: 3600,
  SessionCookie: 'cookie',
})
