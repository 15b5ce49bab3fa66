import type { Version } from '../../src/csp/versions.ts'
import { readStrictly, UnreadableAnswer, writeXml, type XmlNode } from './dialogueXml.ts'
import { readWbxmlStrictly } from './wbxmlReader.ts'
import { habitsOf, writeWbxml } from './wbxmlWriter.ts'

/** What clients write messages in. What they write in plain text stands in the script as it is on the wire. */
export const encodings = ['XML', 'WBXML'] as const
export type Encoding = (typeof encodings)[number] | 'PTS'

/** The content type of an encoding: 1.3 has names of its own. */
export const contentTypeOf = (encoding: Encoding, version: Version): string =>
  encoding === 'PTS'
    ? 'application/vnd.wv.csp.sms'
    : `application/vnd.wv.csp${version === '1.3' ? '+' : '.'}${encoding.toLowerCase()}`

/** The encoding that a content type names; XML where it names none of ours. */
export function encodingOf(contentType: string): Encoding {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (type === 'application/vnd.wv.csp.sms') return 'PTS'
  return /^application\/vnd\.wv\.csp[.+]wbxml$/.test(type) ? 'WBXML' : 'XML'
}

/** A message as a client sends it. @param seed chooses among the forms of WBXML that phones have */
export const write = (root: XmlNode, encoding: 'XML' | 'WBXML', version: Version, seed: string): Buffer =>
  encoding === 'XML' ? Buffer.from(writeXml(root)) : writeWbxml(root, version, habitsOf(seed))

/** An answer as the least of phones reads it. @throws UnreadableAnswer */
export function read(body: Uint8Array, encoding: Encoding): XmlNode {
  if (encoding === 'PTS') throw new UnreadableAnswer('plain text is compared with "server writes"')
  if (encoding === 'WBXML') return readWbxmlStrictly(body)
  return readStrictly(new TextDecoder('utf-8', { fatal: true }).decode(body))
}
