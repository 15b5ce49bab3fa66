import { withoutForbidden } from '../characters.ts'
import * as token from './globalTokens.ts'

/** Bytes to begin with: most messages have no more. */
const firstSize = 2048

/** Puts together the bytes of a WBXML document. */
export class Writer {
  #bytes = Buffer.allocUnsafe(firstSize)
  #at = 0

  byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#makeRoom(1)
    this.#bytes[this.#at++] = byte
  }

  /** A number of up to 32 bits, seven in each byte, in as few as hold it (mb_u_int32). */
  number(value: number): void {
    if (value >= 0x80) this.#numberHead(Math.floor(value / 128))
    this.byte(value & 0x7f)
  }

  #numberHead(value: number): void {
    if (value >= 0x80) this.#numberHead(Math.floor(value / 128))
    this.byte((value & 0x7f) | 0x80)
  }

  /** Inline text. What XML cannot carry is not sent in any encoding. */
  text(text: string): void {
    this.#makeRoom(text.length * 3 + 2)
    this.#bytes[this.#at++] = token.STR_I
    this.#put(text)
    this.#bytes[this.#at++] = 0
  }

  opaque(bytes: readonly number[] | Buffer): void {
    this.byte(token.OPAQUE)
    this.number(bytes.length)
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** All that was written. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  #put(text: string): void {
    const start = this.#at
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      // Short plain text is copied faster than it is handed over.
      if (code >= 0x7f || code < 0x20 || index === 40) {
        this.#at = start + this.#bytes.write(withoutForbidden(text), start, 'utf8')
        return
      }
      this.#bytes[this.#at++] = code
    }
  }

  #makeRoom(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
