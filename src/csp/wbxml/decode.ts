import { withoutForbidden } from '../characters.ts'
import { malformed } from '../cspError.ts'
import { Element } from '../element.ts'
import { deepestNesting, envelopeDepth, isOfImps, readEnvelope, rootName } from '../envelope.ts'
import type { Message } from '../message.ts'
import { spokenVersion, type Version, versionOfNamespace } from '../versions.ts'
import { readAttributes } from './attributes.ts'
import { type RawContents, settleContents } from './contents.ts'
import * as token from './globalTokens.ts'
import { readInteger, readMoment } from './opaque.ts'
import { Reader } from './reader.ts'
import { readValue } from './values.ts'
import { codeOf, kindOfOpaque, type Vocabulary, versionOfPublicId, vocabulary } from './vocabulary.ts'

/** Elements, attributes and pieces of text in one document: the largest lists that a client sends have a fraction of it. */
const mostParts = 40_960

/**
 * WBXML bytes to a message. Whatever a document may be made of is read: string tables, literal names, entities, opaque
 * data, value tokens of any version, page switches anywhere. Tokens that no version knows are left out with what they hold,
 * and so are the elements of a foreign namespace inside a primitive.
 *
 * @param charset of the Content-Type, for a document that names none itself
 * @throws NotCspError 400 for what is no CSP message
 */
export function decodeWbxml(body: Uint8Array, charset?: string): Message {
  const { root, version } = decodeDocument(body, charset)
  return readEnvelope(root, version)
}

/** The root element of a document and the version that it is in. @throws NotCspError 400 */
export function decodeDocument(
  body: Uint8Array,
  charset?: string,
): { root: Element; version: Version | 'unsupported' } {
  const reader = new Reader(body)
  const format = reader.byte()
  // WBXML 1.0 has another header; nothing is known to send it.
  if (format < 1 || format > 3) throw malformed('it is no WBXML')
  const publicId = reader.number()
  const publicIdText = publicId === 0 ? reader.number() : undefined
  reader.useCharset(reader.number(), charset)
  reader.useTable(reader.number())
  const named = publicIdText === undefined ? undefined : versionInText(reader.tableString(publicIdText))
  return new Decoder(reader, versionOfPublicId(publicId) ?? named).document()
}

/** `-//OMA//DTD WV-CSP 1.2//EN`, however it is spelt. */
function versionInText(text: string): Version | 'unsupported' | undefined {
  const digits = /CSP ?(\d\.\d)/.exec(text)?.[1]
  return digits === undefined ? undefined : versionOfNamespace(`CSP${digits}`)
}

/** One document being read: the version and the code page are known from what came before. */
class Decoder {
  readonly #reader: Reader
  readonly #count = () => {
    if (++this.#parts > mostParts) throw malformed('too many elements')
  }
  readonly #raw: RawContents = new Map()
  /** Opaque bytes in the element that is being read. */
  #chunks: Buffer[] = []
  #version: Version | 'unsupported' | undefined
  #vocabulary: Vocabulary
  #page = 0
  #parts = 0

  /** @param version that of the public identifier */
  constructor(reader: Reader, version: Version | 'unsupported' | undefined) {
    this.#reader = reader
    this.#version = version
    this.#vocabulary = vocabulary(this.#spoken)
  }

  get #spoken(): Version {
    return spokenVersion(this.#version ?? 'unsupported')
  }

  document(): { root: Element; version: Version | 'unsupported' } {
    for (;;) {
      const byte = this.#reader.byte()
      if (byte === token.SWITCH_PAGE) this.#page = this.#reader.byte()
      else if (byte === token.PI) readAttributes(this.#reader, this.#count)
      else {
        const root = this.#element(byte, 1)
        if (!root) throw malformed(`the root is not ${rootName}`)
        if (this.#version === undefined) throw malformed('no CSP namespace')
        return { root, version: this.#version }
      }
    }
  }

  /** @returns undefined for what is left out */
  #element(tag: number, depth: number): Element | undefined {
    if (depth > deepestNesting) throw malformed('too many elements inside one another')
    this.#count()
    const name = this.#nameOf(tag)
    const namespace = tag & token.withAttributes ? readAttributes(this.#reader, this.#count) : undefined
    if (depth === 1) this.#useNamespace(namespace)
    const content = tag & token.withContent ? this.#content(name ?? '', depth) : ''
    // As in XML, a vendor's elements inside a primitive are left out (clients.md 22).
    const isForeign = depth > envelopeDepth && namespace !== undefined && !isOfImps(namespace.trim())
    if (name === undefined || isForeign) {
      this.#chunks = []
      return undefined
    }
    const element = new Element(name, content)
    if (this.#chunks.length > 0) {
      this.#raw.set(element, Buffer.concat(this.#chunks))
      this.#chunks = []
    }
    return element
  }

  #nameOf(tag: number): string | undefined {
    const identity = tag & 0x3f
    if (identity === token.LITERAL) {
      const name = this.#reader.tableString(this.#reader.number())
      return name.slice(name.indexOf(':') + 1)
    }
    if (identity < token.LITERAL) throw malformed('a token stands where an element is due')
    return this.#vocabulary.tagNames[codeOf(this.#page, identity)]
  }

  /** The version is that of the namespace; the public identifier's where that has none (clients.md 29). */
  #useNamespace(namespace = ''): void {
    const stated = versionOfNamespace(namespace)
    const saysVersion = /\d\/?$/.test(namespace.trim())
    this.#version = saysVersion ? (stated ?? this.#version) : (this.#version ?? stated)
    this.#vocabulary = vocabulary(this.#spoken)
  }

  #content(name: string, depth: number): string | readonly Element[] {
    const reader = this.#reader
    const children: Element[] = []
    let text = ''
    let hasEntities = false
    for (let byte = reader.byte(); byte !== token.END; byte = reader.byte()) {
      if (byte === token.SWITCH_PAGE) this.#page = reader.byte()
      else if (byte === token.PI) readAttributes(reader, this.#count)
      else if (byte === token.STR_I || (byte & 0x3f) < token.LITERAL) {
        this.#count()
        hasEntities ||= byte === token.ENTITY
        if (byte === token.OPAQUE && kindOfOpaque(name) === 'content') {
          this.#chunk(text)
          text = ''
          this.#chunks.push(reader.bytes(reader.number()))
        } else text += byte === token.OPAQUE ? this.#opaque(name) : this.#text(byte, name)
      } else {
        const child = this.#element(byte, depth + 1)
        if (child) children.push(child)
      }
    }
    if (this.#chunks.length > 0) this.#chunk(text)
    if (this.#raw.size > 0) return settleContents(children, this.#raw, (bytes) => reader.textOf(bytes))
    // Text beside children is indentation.
    if (children.length > 0) return children
    return hasEntities ? withoutForbidden(text) : text
  }

  #text(byte: number, name: string): string {
    return byte === token.STR_I ? this.#reader.string() : readValue(this.#reader, byte, name, this.#spoken)
  }

  #opaque(name: string): string {
    const length = this.#reader.number()
    const kind = kindOfOpaque(name)
    if (kind === 'integer') return readInteger(this.#reader.bytes(length))
    if (kind === 'date') return readMoment(this.#reader.bytes(length))
    if (this.#vocabulary.tagCodes.has(name)) return this.#reader.text(length)
    // A vendor's element may hold anything: bytes that are no text go with what is left out.
    return this.#reader.textOf(this.#reader.bytes(length)) ?? ''
  }

  /** Text that stands beside bytes in one content is a part of it. */
  #chunk(text: string): void {
    if (text !== '') this.#chunks.push(Buffer.from(text))
  }
}
