import { type CharacterDecoder, characterDecoder, withoutForbidden } from '../characters.ts'
import { malformed } from '../cspError.ts'
import { utf8Charset } from './globalTokens.ts'

/** Bytes of one number: some encoders fill it up in front, and no number needs more than five. */
const longestNumber = 10

/** Text that a document may stand for, through its string table and value tokens: bytes for each of its own, and some. */
const growth = 8
const growthBase = 65_536

/** Character sets by MIBenum that have a byte 0 in no character but the one of that number. */
const charsets: Readonly<Record<number, string>> = {
  3: 'us-ascii',
  4: 'iso-8859-1',
  5: 'iso-8859-2',
  6: 'iso-8859-3',
  7: 'iso-8859-4',
  8: 'iso-8859-5',
  9: 'iso-8859-6',
  10: 'iso-8859-7',
  11: 'iso-8859-8',
  12: 'windows-1254',
  13: 'iso-8859-10',
  17: 'shift_jis',
  18: 'euc-jp',
  38: 'euc-kr',
  109: 'iso-8859-13',
  110: 'iso-8859-14',
  111: 'iso-8859-15',
  112: 'iso-8859-16',
  113: 'gbk',
  114: 'gb18030',
  2025: 'gb2312',
  2026: 'big5',
  2084: 'koi8-r',
  2250: 'windows-1250',
  2251: 'windows-1251',
  2252: 'windows-1252',
  2253: 'windows-1253',
  2254: 'windows-1254',
  2255: 'windows-1255',
  2256: 'windows-1256',
  2257: 'windows-1257',
  2258: 'windows-1258',
  2259: 'windows-874',
}

/** Most documents have no other. */
const utf8 = characterDecoder()

function decoderNamed(name = ''): CharacterDecoder {
  try {
    const decoder = characterDecoder(name)
    // The characters of UTF-16 are more than bytes, and so are the ends of its strings.
    if (!decoder.encoding.startsWith('utf-16')) return decoder
  } catch {
    // Refused like the others.
  }
  throw malformed('a character set that is not read')
}

/**
 * The bytes of a WBXML document, read from front to back: bytes, numbers, strings, the string table.
 *
 * All of it costs time and memory in proportion to the document, however it is made.
 */
export class Reader {
  readonly #bytes: Buffer
  #at = 0
  #characters = utf8
  #table = { start: 0, end: 0 }
  readonly #tableStrings = new Map<number, string>()
  #room: number

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#room = bytes.length * growth + growthBase
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw malformed('the WBXML breaks off')
    return byte
  }

  /** A number of up to 32 bits, seven in each byte (mb_u_int32). */
  number(): number {
    let value = 0
    for (let length = 0; length < longestNumber; length++) {
      const byte = this.byte()
      value = value * 128 + (byte & 0x7f)
      if (value > 0xffff_ffff) break
      if (byte < 0x80) return value
    }
    throw malformed('a number in WBXML is too long')
  }

  /** @param length bytes; the result is a view of the document */
  bytes(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw malformed('the WBXML breaks off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /**
   * Says in which character set strings are.
   *
   * @param number MIBenum of the document; 0 says nothing
   * @param named what the Content-Type says, for a document that says nothing
   * @throws NotCspError 400 for a set that is not read
   */
  useCharset(number: number, named: string | undefined): void {
    const name = number === 0 ? named : charsets[number]
    if (number === utf8Charset || (number === 0 && name === undefined)) return
    this.#characters = decoderNamed(name)
  }

  /** Takes so many bytes for the string table. */
  useTable(length: number): void {
    this.bytes(length)
    this.#table = { start: this.#at - length, end: this.#at }
  }

  /** A string that ends with a byte 0. */
  string(): string {
    const start = this.#at
    const end = this.#endOf(start, this.#bytes.length)
    this.#at = end + 1
    return this.#text(start, end)
  }

  /** A string of the table. @param offset bytes from its beginning */
  tableString(offset: number): string {
    const known = this.#tableStrings.get(offset)
    if (known !== undefined) return this.counted(known)
    const start = this.#table.start + offset
    if (start >= this.#table.end) throw malformed('a string that is not in the table')
    const text = this.#text(start, this.#endOf(start, this.#table.end))
    this.#tableStrings.set(offset, text)
    return this.counted(text)
  }

  /** Text that says its length itself. @param length bytes */
  text(length: number): string {
    if (length > this.#bytes.length - this.#at) throw malformed('the WBXML breaks off')
    this.#at += length
    return this.#text(this.#at - length, this.#at)
  }

  /** Text out of bytes that were read before; undefined when they are none, or none that XML could carry. */
  textOf(bytes: Buffer): string | undefined {
    try {
      const text = this.#characters.decode(bytes)
      return text === withoutForbidden(text) ? text : undefined
    } catch {
      return undefined
    }
  }

  /** Counts text that does not stand in the document itself. */
  counted(text: string): string {
    this.#room -= text.length
    if (this.#room < 0) throw malformed('the WBXML stands for far more text than it has')
    return text
  }

  #endOf(start: number, limit: number): number {
    const end = this.#bytes.indexOf(0, start)
    if (end < 0 || end >= limit) throw malformed('a string does not end')
    return end
  }

  #text(start: number, end: number): string {
    const bytes = this.#bytes
    let all = 0
    let low = 0
    let replacements = 0
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      all |= byte
      if (byte < 0x20) low |= 1
      else if (byte === 0xbd && bytes[at - 1] === 0xbf && bytes[at - 2] === 0xef) replacements++
    }
    if (this.#characters !== utf8) return withoutForbidden(this.#characters.decode(bytes.subarray(start, end)))
    // Most strings are plain.
    if (all < 0x80 && low === 0) return bytes.toString('latin1', start, end)
    const text = bytes.toString('utf8', start, end)
    // What is no UTF-8 becomes this character, beside those that were meant, which are EF BF BD.
    for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1))
      if (--replacements < 0) throw malformed('the characters do not fit the encoding')
    return withoutForbidden(text)
  }
}
