import { malformed } from '../envelope.ts'
import { withoutForbidden } from '../xml/entities.ts'

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

/** Bytes of a moment, of which the last, the zone, may be missing. */
const momentLength = 6

/**
 * A moment: two bits, 12 for the year, 4 for the month, 5 for the day, 5 for the hour, 6 for the minute, 6 for the second,
 * and a letter for the zone (0 for none). Bytes that are none are text, for the service to judge.
 */
export function readMoment(bytes: Buffer): string {
  if (bytes.length !== momentLength && bytes.length !== momentLength - 1)
    return withoutForbidden(bytes.toString('utf8'))
  const [first, second, third, fourth, fifth, zone = 0] = bytes as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const letter = zone >= 0x41 && zone <= 0x5a ? String.fromCharCode(zone) : ''
  const digits = (value: number, length: number) => String(value).padStart(length, '0')
  const year = ((first & 0x3f) << 6) | (second >> 2)
  const month = ((second & 3) << 2) | (third >> 6)
  const day = (third >> 1) & 0x1f
  const hour = ((third & 1) << 4) | (fourth >> 4)
  const minute = ((fourth & 0x0f) << 2) | (fifth >> 6)
  const time = digits(hour, 2) + digits(minute, 2) + digits(fifth & 0x3f, 2)
  return `${digits(year, 4)}${digits(month, 2)}${digits(day, 2)}T${time}${letter}`
}

/** Undefined for text that would not be the same again: without seconds, or no moment at all. */
export function momentBytes(text: string): number[] | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (year > 4095 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined
  return [
    year >> 6,
    ((year & 0x3f) << 2) | (month >> 2),
    ((month & 3) << 6) | (day << 1) | (hour >> 4),
    ((hour & 0x0f) << 4) | (minute >> 2),
    ((minute & 3) << 6) | second,
    parts[7] === 'Z' ? 0x5a : 0,
  ]
}

/** The bytes that a BASE64 text stands for, however it is broken into lines; undefined for what is no BASE64. */
export function contentBytes(base64: string): Buffer | undefined {
  const text = base64.replace(/[\s=]+/g, '')
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === text ? bytes : undefined
}
