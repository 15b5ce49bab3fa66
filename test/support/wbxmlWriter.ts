import { createHash } from 'node:crypto'
import { type Version, versions } from '../../src/csp/versions.ts'
import type { XmlNode } from './dialogueXml.ts'
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
  tagToken,
  tagTokenOfOthers,
  valueNumber,
  valueWords,
} from './wbxmlTables.ts'

/** What phones do differently, and all of which a server reads. */
export interface Habits {
  /** The public id 1, "unknown", as Nokia's phones write it. */
  readonly unknownPublicId: boolean
  /** Numbers as their digits. */
  readonly digits: boolean
  /** Moments as their text. */
  readonly writtenMoments: boolean
  /** Words of lists as texts, not as tokens. */
  readonly writtenWords: boolean
  /** Texts in the string table at the beginning. */
  readonly stringTable: boolean
  /** Every character that is not of ASCII as an entity. */
  readonly entities: boolean
  /** Tokens for the beginnings of texts: `http://`, `text/`. */
  readonly beginnings: boolean
  /** Words that only a later version has a token for, by that token. */
  readonly laterWords: boolean
  /** Content in BASE64 as that text, not as the bytes it stands for. */
  readonly writtenContent: boolean
}

const habitNames = [
  'unknownPublicId',
  'digits',
  'writtenMoments',
  'writtenWords',
  'stringTable',
  'entities',
  'beginnings',
  'laterWords',
  'writtenContent',
] as const

/** The most usual habits: those of Android and Nokia alike. */
export const usualHabits = Object.fromEntries(habitNames.map((name) => [name, false])) as unknown as Habits

/** The same habits for the same seed, each of them one time in four. */
export function habitsOf(seed: string): Habits {
  const bytes = createHash('sha1').update(seed).digest()
  return Object.fromEntries(habitNames.map((name, index) => [name, bytes[index]! < 64])) as unknown as Habits
}

/** A message in WBXML, as phones write it. It shares nothing with the service's encoder but the numbers. */
export function writeWbxml(root: XmlNode, version: Version, habits: Habits): Buffer {
  const writer = new Writer(version, habits)
  const body = writer.element(root, '')
  const publicId = habits.unknownPublicId ? 1 : publicIds[version]!
  const table = writer.table()
  return Buffer.concat([Buffer.from([0x03, publicId, 0x6a, ...multiByte(table.length)]), table, Buffer.from(body)])
}

class Writer {
  readonly #version: Version
  readonly #habits: Habits
  #page = 0
  #contentEncoding = ''
  /** Where each text of the string table begins. */
  readonly #strings = new Map<string, number>()
  #tableLength = 0

  constructor(version: Version, habits: Habits) {
    this.#version = version
    this.#habits = habits
  }

  /** The string table, once everything is written. */
  table(): Buffer {
    return Buffer.from([...this.#strings.keys()].map((text) => `${text}\0`).join(''))
  }

  element(node: XmlNode, parent: string): number[] {
    const start = this.#start(node)
    if (node.name === 'ContentEncoding') this.#contentEncoding = node.text.trim().toUpperCase()
    const content = [
      ...(node.text === '' ? [] : this.#text(node.text, node.name, parent)),
      ...node.children.flatMap((child) => this.element(child, node.name)),
    ]
    return [...start, ...content, ...(content.length > 0 ? [globals.end] : [])]
  }

  #start(node: XmlNode): number[] {
    const { name, xmlns, text, children } = node
    const bits = (text !== '' || children.length > 0 ? hasContent : 0) | (xmlns === undefined ? 0 : hasAttributes)
    const attributes = xmlns === undefined ? [] : this.#xmlns(xmlns)
    const token = tagToken(this.#version, name) ?? tagTokenOfOthers(this.#version, name)
    // A name without a number is a text of the string table.
    if (!token) return [globals.literal | bits, ...multiByte(this.#indexOf(name)), ...attributes]
    const change = token.page === this.#page ? [] : [globals.switchPage, token.page]
    this.#page = token.page
    return [...change, token.number | bits, ...attributes]
  }

  #xmlns(namespace: string): number[] {
    const found = [...namespaceStarts].find(([, start]) => versions.some((one) => start + one === namespace))
    if (!found) throw new Error(`WBXML has no token for the namespace ${namespace}`)
    const [token, start] = found
    return [token, ...inline(namespace.slice(start.length)), globals.end]
  }

  #text(text: string, name: string, parent: string): number[] {
    if (isEnumerated(name, parent)) return this.#word(text, name)
    if (isInteger(name)) return this.#integer(text)
    if (isMoment(name)) return this.#moment(text)
    if (name === 'ContentData' && this.#contentEncoding === 'BASE64' && !this.#habits.writtenContent) {
      const bytes = Buffer.from(text, 'base64')
      // What is no BASE64 stands for no bytes.
      if (bytes.toString('base64') === text) return opaque(bytes)
    }
    return this.#plain(text)
  }

  #word(text: string, name: string): number[] {
    const number = valueNumber(this.#version, name, text) ?? this.#laterWord(text, name)
    return number === undefined || this.#habits.writtenWords ? this.#plain(text) : [globals.value, ...multiByte(number)]
  }

  #laterWord(text: string, name: string): number | undefined {
    const number = this.#habits.laterWords ? valueNumber('1.3', name, text) : undefined
    return number !== undefined && valueWords(this.#version, number).length === 0 ? number : undefined
  }

  #integer(text: string): number[] {
    const number = Number(text)
    const isPlain = /^(0|[1-9]\d*)$/.test(text) && number < 2 ** 32
    if (!isPlain || this.#habits.digits) return inline(text)
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(number)
    const first = bytes.findIndex((byte) => byte !== 0)
    return opaque(bytes.subarray(first < 0 ? 3 : first))
  }

  #moment(text: string): number[] {
    const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/.exec(text)
    if (!fields || this.#habits.writtenMoments) return inline(text)
    const [year = 0n, month = 0n, day = 0n, hour = 0n, minute = 0n, second = 0n] = fields.slice(1, 7).map(BigInt)
    const packed = ((((year * 16n + month) * 32n + day) * 32n + hour) * 64n + minute) * 64n + second
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(packed)
    return opaque(Buffer.concat([bytes.subarray(3), Buffer.from([fields[7] === 'Z' ? 0x5a : 0])]))
  }

  #plain(text: string): number[] {
    const beginning = this.#habits.beginnings
      ? /^(https?:\/\/|text\/|image\/|application\/)(?=.)/.exec(text)?.[0]
      : undefined
    if (beginning) {
      const number = valueNumber(this.#version, '', beginning)!
      return [globals.value, ...multiByte(number), ...this.#plain(text.slice(beginning.length))]
    }
    if (!this.#habits.entities) return this.#string(text)
    return text
      .split(/([\u0080-\u{10ffff}])/u)
      .filter(Boolean)
      .flatMap((part) => {
        const code = part.codePointAt(0)!
        return code < 0x80 ? this.#string(part) : [globals.entity, ...multiByte(code)]
      })
  }

  #string(text: string): number[] {
    return this.#habits.stringTable ? [globals.tableString, ...multiByte(this.#indexOf(text))] : inline(text)
  }

  #indexOf(text: string): number {
    const known = this.#strings.get(text)
    if (known !== undefined) return known
    const index = this.#tableLength
    this.#strings.set(text, index)
    this.#tableLength += Buffer.byteLength(text) + 1
    return index
  }
}

const inline = (text: string): number[] => [globals.string, ...Buffer.from(text), 0]

const opaque = (bytes: Uint8Array): number[] => [globals.opaque, ...multiByte(bytes.length), ...bytes]
