import { NotCspError } from './cspError.ts'
import type { Message } from './message.ts'
import { decodePts } from './pts/decode.ts'
import { encodePts } from './pts/encode.ts'
import { isAttributeInPts } from './pts/presence.ts'
import { expressedInPts } from './pts/primitives.ts'
import { decodeWbxml } from './wbxml/decode.ts'
import { encodeWbxml } from './wbxml/encode.ts'
import { decodeXml } from './xml/decode.ts'
import { encodeXml } from './xml/encode.ts'

export type Encoding = 'XML' | 'WBXML' | 'PTS'

/** Bytes to message and back; nothing else. */
export interface Codec {
  readonly encoding: Encoding
  decode(body: Uint8Array, charset?: string): Message
  encode(message: Message): Uint8Array
  /** True when it has a form for a primitive. An answer that has none is told as 501. */
  expresses(primitive: string): boolean
  /** The same for an attribute of presence. */
  expressesAttribute(name: string): boolean
}

/** Of a codec that has a form for everything. */
const everything = { expresses: () => true, expressesAttribute: () => true }

const codecs: readonly Codec[] = [
  { encoding: 'XML', decode: decodeXml, encode: encodeXml, ...everything },
  { encoding: 'WBXML', decode: decodeWbxml, encode: encodeWbxml, ...everything },
  {
    encoding: 'PTS',
    decode: decodePts,
    encode: encodePts,
    expresses: expressedInPts,
    expressesAttribute: isAttributeInPts,
  },
]

/** Content types by encoding; 1.3 has names of its own. The generic XML types are taken from PC clients. */
const contentTypes: Readonly<Record<string, Encoding>> = {
  'application/vnd.wv.csp.xml': 'XML',
  'application/vnd.wv.csp+xml': 'XML',
  'application/vnd.wv.csp.wbxml': 'WBXML',
  'application/vnd.wv.csp+wbxml': 'WBXML',
  'application/vnd.wv.csp.sms': 'PTS',
  'text/xml': 'XML',
  'application/xml': 'XML',
}

export const codecOf = (encoding: Encoding): Codec => codecs.find((one) => one.encoding === encoding)!

export interface ChosenCodec {
  readonly codec: Codec
  /** The type to answer in: the request's own, without parameters; absent when it said nothing about CSP. */
  readonly contentType?: string
  readonly charset?: string
}

/**
 * The codec for a body: by its content type, or by its first bytes when the type says nothing about CSP.
 *
 * @throws NotCspError 415 for an encoding that this service does not read
 */
export function chooseCodec(contentType: string | undefined, body: Uint8Array): ChosenCodec {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim())
  const known = Object.hasOwn(contentTypes, type.toLowerCase()) ? contentTypes[type.toLowerCase()] : undefined
  const encoding = known ?? guessEncoding(body)
  if (!encoding) throw new NotCspError(415, 'The content type is not one of CSP')
  const charset = parameters.map((one) => /^charset\s*=\s*"?([A-Za-z0-9._-]+)"?$/i.exec(one)?.[1]).find(Boolean)
  return { codec: codecOf(encoding), ...(known && { contentType: type.toLowerCase() }), ...(charset && { charset }) }
}

/** The content type of an answer whose request named none of ours: 1.3 has names of its own. */
export const contentTypeOf = (encoding: Encoding, version: Message['version']): string =>
  encoding === 'PTS'
    ? 'application/vnd.wv.csp.sms'
    : `application/vnd.wv.csp${version === '1.1' || version === '1.2' ? '.' : '+'}${encoding.toLowerCase()}`

/** WBXML starts with its version (1 to 3), plain text with `WV`, XML with `<` after a byte order mark or white space. */
function guessEncoding(body: Uint8Array): Encoding | undefined {
  const first = body[0] ?? 0
  if (first >= 1 && first <= 3) return 'WBXML'
  const start = Buffer.from(body.subarray(0, 16))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
  if (start.startsWith('<')) return 'XML'
  return /^WV/i.test(start) ? 'PTS' : undefined
}
