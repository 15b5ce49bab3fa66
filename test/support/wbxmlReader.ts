import { type Version, versions } from '../../src/csp/versions.ts'
import { UnreadableAnswer, type XmlNode } from './dialogueXml.ts'
import {
  globals,
  hasAttributes,
  hasContent,
  isEnumerated,
  isInteger,
  isMoment,
  multiByte,
  namespaceStarts,
  publicIds,
  tagName,
  valueNumber,
  valueWords,
} from './wbxmlTables.ts'

/**
 * Reads WBXML as the least of phones would, so that everything a phone may stumble over is refused: a public id in words,
 * a string table and what points into it, tags and values that the version does not know, value tokens in texts, names
 * and ids, numbers and moments in another form than the usual, page switches for nothing (clients.md 29, section 6 of the
 * reference). It shares nothing with the service's decoder but the numbers.
 *
 * @throws UnreadableAnswer
 */
export function readWbxmlStrictly(body: Uint8Array): XmlNode {
  const reader = new Reader(body)
  const root = reader.document()
  if (!reader.atEnd) throw new UnreadableAnswer('something stands after the root element')
  return root
}

/** Where a ContentEncoding holds from here on, if there is one. */
const holdsContent = new Set(['MessageInfo', 'WelcomeNote', 'Logo'])

/** One piece of the content of an element that has no elements in it. */
interface Piece {
  readonly kind: 'text' | 'word' | 'bytes'
  readonly text: string
  readonly bytes: Uint8Array
}

class Reader {
  readonly #body: Uint8Array
  #position = 0
  #page = 0
  #version: Version = '1.1'
  /** The last ContentEncoding that was read: it says what the ContentData behind it holds. */
  #contentEncoding = ''

  constructor(body: Uint8Array) {
    this.#body = body
  }

  get atEnd(): boolean {
    return this.#position === this.#body.length
  }

  document(): XmlNode {
    this.#due(0x03, 'the version of WBXML')
    const id = this.#number()
    const version = versions.find((one) => publicIds[one] === id)
    if (!version) throw this.#wrong(`the public id is ${id}`)
    this.#version = version
    this.#due(0x6a, 'the character set UTF-8')
    this.#due(0, 'an empty string table')
    return this.#element('', this.#byte())
  }

  #element(parent: string, start: number): XmlNode {
    const tag = start === globals.switchPage ? this.#switchPage() : start
    const name = tagName(this.#version, this.#page, tag & 0x3f)
    if ((tag & 0x3f) < 5 || name === undefined)
      throw this.#wrong(`tag ${hex(tag)} of page ${this.#page} means nothing in ${this.#version}`)
    const xmlns = tag & hasAttributes ? this.#xmlns(name) : undefined
    if (holdsContent.has(name)) this.#contentEncoding = ''
    const { children, text } = tag & hasContent ? this.#content(name, parent) : { children: [], text: '' }
    if (name === 'ContentEncoding') this.#contentEncoding = text
    return { name, ...(xmlns !== undefined && { xmlns }), children, text }
  }

  #switchPage(): number {
    const page = this.#byte()
    if (page === this.#page) throw this.#wrong(`a switch to page ${page}, which is the page already`)
    this.#page = page
    const next = this.#byte()
    if (next === globals.switchPage || next === globals.end) throw this.#wrong('a switch of the page for nothing')
    return next
  }

  #xmlns(name: string): string {
    const start = namespaceStarts.get(this.#byte())
    if (start === undefined) throw this.#wrong(`<${name}> has an attribute that is no xmlns`)
    this.#due(globals.string, 'the version of a namespace as text')
    const digits = this.#inlineText()
    if (digits !== this.#version) throw this.#wrong(`a namespace of version ${digits}`)
    this.#due(globals.end, 'the end of the attributes')
    return start + digits
  }

  #content(name: string, parent: string): Pick<XmlNode, 'children' | 'text'> {
    const children: XmlNode[] = []
    const pieces: Piece[] = []
    for (let next = this.#byte(); next !== globals.end; next = this.#byte()) {
      const piece = this.#piece(next, name)
      if (piece) pieces.push(piece)
      else children.push(this.#element(name, next))
    }
    if (children.length === 0 && pieces.length === 0) throw this.#wrong(`<${name}> is empty and says that it is not`)
    if (children.length > 0 && pieces.length > 0) throw this.#wrong(`<${name}> has text between its elements`)
    if (pieces.length > 1) throw this.#wrong(`<${name}> has its text in ${pieces.length} pieces`)
    return { children, text: pieces[0] ? this.#text(pieces[0], name, parent) : '' }
  }

  #piece(token: number, name: string): Piece | undefined {
    const none = new Uint8Array()
    switch (token) {
      case globals.string:
        return { kind: 'text', text: this.#inlineText(), bytes: none }
      case globals.opaque:
        return { kind: 'bytes', text: '', bytes: this.#bytes(this.#number()) }
      case globals.value: {
        const number = this.#number()
        const word = valueWords(this.#version, number).find((one) => valueNumber(this.#version, name, one) === number)
        if (word === undefined) throw this.#wrong(`value ${hex(number)} means nothing in <${name}> of ${this.#version}`)
        return { kind: 'word', text: word, bytes: none }
      }
      default:
        return undefined
    }
  }

  /** The text of an element, which must have come in the one form that is usual for it. */
  #text({ kind, text, bytes }: Piece, name: string, parent: string): string {
    const due = (what: string) =>
      this.#wrong(`<${name}> is no ${what}: ${kind} ${text || Buffer.from(bytes).toString('hex')}`)
    if (kind === 'word') {
      if (!isEnumerated(name, parent)) throw due('element for value tokens')
      return text
    }
    if (kind === 'text') {
      if (text === '') throw due('text, and has content')
      if (isEnumerated(name, parent) && valueNumber(this.#version, name, text) !== undefined) throw due('value token')
      if (isInteger(name) && /^(0|[1-9]\d*)$/.test(text) && Number(text) < 2 ** 32) throw due('opaque number')
      if (isMoment(name) && /^\d{8}T\d{6}Z?$/.test(text)) throw due('opaque moment')
      const isBase64 = name === 'ContentData' && this.#contentEncoding === 'BASE64'
      const inOneLine = text.replaceAll(/\s/g, '')
      if (isBase64 && Buffer.from(inOneLine, 'base64').toString('base64') === inOneLine) throw due('opaque content')
      return text
    }
    if (isInteger(name)) return this.#integer(bytes)
    if (isMoment(name)) return this.#moment(bytes)
    const isContent = name === 'DirectContent' || (name === 'ContentData' && this.#contentEncoding === 'BASE64')
    if (!isContent || bytes.length === 0) throw due('element for bytes')
    return Buffer.from(bytes).toString('base64')
  }

  #integer(bytes: Uint8Array): string {
    const isShortest = bytes.length === 1 || (bytes.length > 1 && bytes.length <= 4 && bytes[0] !== 0)
    if (!isShortest) throw this.#wrong(`a number in the bytes ${Buffer.from(bytes).toString('hex')}`)
    return String(bytes.reduce((sum, byte) => sum * 256 + byte, 0))
  }

  /** Two bits of 0, then 12 for the year, 4, 5, 5, 6 and 6 for the others, and `Z` or 0 for the zone. */
  #moment(bytes: Uint8Array): string {
    const zone = bytes[5] === 0x5a ? 'Z' : ''
    if (bytes.length !== 6 || bytes[0]! >= 0x40 || (bytes[5] !== 0 && zone === ''))
      throw this.#wrong(`a moment in the bytes ${Buffer.from(bytes).toString('hex')}`)
    let rest = bytes.subarray(0, 5).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
    const take = (bits: number, digits: number) => {
      const field = rest % 2n ** BigInt(bits)
      rest /= 2n ** BigInt(bits)
      return String(field).padStart(digits, '0')
    }
    const [second, minute, hour, day, month, year] = [
      take(6, 2),
      take(6, 2),
      take(5, 2),
      take(5, 2),
      take(4, 2),
      take(12, 4),
    ]
    return `${year}${month}${day}T${hour}${minute}${second}${zone}`
  }

  #inlineText(): string {
    const end = this.#body.indexOf(0, this.#position)
    if (end < 0) throw this.#wrong('a text without its end')
    const bytes = this.#bytes(end - this.#position)
    this.#position++
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      throw this.#wrong('a text that is no UTF-8')
    }
  }

  #number(): number {
    const start = this.#position
    let number = 0
    let byte: number
    do {
      byte = this.#byte()
      number = number * 128 + (byte & 0x7f)
    } while (byte & 0x80 && this.#position - start < 5)
    if (number >= 2 ** 32 || multiByte(number).length !== this.#position - start)
      throw this.#wrong('a multi-byte number in a longer form than it needs')
    return number
  }

  #bytes(length: number): Uint8Array {
    if (this.#position + length > this.#body.length) throw this.#wrong('the message ends too early')
    this.#position += length
    return this.#body.subarray(this.#position - length, this.#position)
  }

  #byte(): number {
    return this.#bytes(1)[0]!
  }

  #due(byte: number, what: string): void {
    const found = this.#byte()
    if (found !== byte) throw this.#wrong(`${hex(found)} where ${what} is due`)
  }

  #wrong(why: string): UnreadableAnswer {
    const before = this.#body.subarray(Math.max(0, this.#position - 20), this.#position)
    return new UnreadableAnswer(`${why}, at byte ${this.#position}: ${Buffer.from(before).toString('hex')}`)
  }
}

const hex = (number: number) => `0x${number.toString(16)}`
