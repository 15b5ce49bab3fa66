import { withoutForbidden } from '../characters.ts'
import { malformed } from '../cspError.ts'

/** Bytes of the largest whole number that is read, though the protocol's own have four. */
const longestInteger = 32

/** Opaque bytes as a whole number in decimal: big-endian, with or without leading zeros; none at all are 0. */
export function readInteger(bytes: Uint8Array): string {
  const significant = bytes.findIndex((byte) => byte !== 0)
  if (significant < 0) return '0'
  if (bytes.length - significant > longestInteger) throw malformed('a number that is too large')
  return BigInt(`0x${Buffer.from(bytes.subarray(significant)).toString('hex')}`).toString()
}

/**
 * A whole number in as few bytes as hold it, 0 in one. Undefined for text that would not be the same again: leading zeros,
 * signs, more than 32 bits.
 */
export function integerBytes(text: string): number[] | undefined {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) return undefined
  const value = Number(text)
  if (value > 0xffff_ffff) return undefined
  const bytes = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? [0] : bytes.slice(first)
}

/** Year, month, day, hour, minute, second: bits in a moment, digits in text, and the most that each can be. */
const fields = [
  { bits: 12, digits: 4, most: 4095 },
  { bits: 4, digits: 2, most: 12 },
  { bits: 5, digits: 2, most: 31 },
  { bits: 5, digits: 2, most: 23 },
  { bits: 6, digits: 2, most: 59 },
  { bits: 6, digits: 2, most: 59 },
] as const

/** Bytes of these fields, of which the first two bits are 0. A letter for the zone may follow. */
const fieldsLength = 5

/**
 * A moment: the fields and a letter for the zone (0, or none at all, for none). Bytes that are no moment are text, for the
 * service to judge.
 */
export function readMoment(bytes: Buffer): string {
  if (bytes.length !== fieldsLength && bytes.length !== fieldsLength + 1)
    return withoutForbidden(bytes.toString('utf8'))
  let rest = bytes.readUIntBE(0, fieldsLength)
  const texts = fields.toReversed().map(({ bits, digits }) => {
    const value = rest % 2 ** bits
    rest = Math.floor(rest / 2 ** bits)
    return String(value).padStart(digits, '0')
  })
  const [year, month, day, ...time] = texts.reverse()
  const zone = String.fromCharCode(bytes[fieldsLength] ?? 0)
  return `${year}${month}${day}T${time.join('')}${/[A-Z]/.test(zone) ? zone : ''}`
}

/** Undefined for text that would not be the same again: without seconds, or no moment at all. */
export function momentBytes(text: string): Buffer | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/.exec(text)
  if (!parts) return undefined
  const values = fields.map((_, index) => Number(parts[index + 1]))
  if (fields.some(({ most }, index) => values[index]! > most)) return undefined
  const bytes = Buffer.alloc(fieldsLength + 1)
  bytes.writeUIntBE(
    fields.reduce((sum, { bits }, index) => sum * 2 ** bits + values[index]!, 0),
    0,
    fieldsLength,
  )
  bytes.write(parts[7]!, fieldsLength, 'latin1')
  return bytes
}

/** The bytes that a BASE64 text stands for, however it is broken into lines; undefined for what is no BASE64. */
export function contentBytes(base64: string): Buffer | undefined {
  const text = base64.replace(/[\s=]+/g, '')
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === text ? bytes : undefined
}
