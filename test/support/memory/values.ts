import type { Item, Value } from '../../../src/store/table.ts'
import { ValidationException } from './validation.ts'

export type ValueMap = { readonly [name: string]: Value }

/** DynamoDB's names of types, as the document client maps them. */
export type ValueType = 'S' | 'N' | 'BOOL' | 'B' | 'L' | 'M' | 'NULL'

export function typeOf(value: Value | null): ValueType {
  if (typeof value === 'string') return 'S'
  if (typeof value === 'number') return 'N'
  if (typeof value === 'boolean') return 'BOOL'
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return 'B'
  return Array.isArray(value) ? 'L' : 'M'
}

/** A copy that shares nothing with the original, with what the document client does on the way: undefined members go. */
export function copyIn(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value as Value
  if (typeof value === 'number') return checkedNumber(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.filter((member) => member !== undefined).map(copyIn)
  if (typeof value === 'object' && isPlain(value)) return copyMapIn(value)
  throw new TypeError(`The document client would refuse this value: ${String(value)}`)
}

export function copyMapIn(map: object): ValueMap {
  const copy: Record<string, Value> = {}
  for (const name of Object.keys(map)) {
    const value = (map as Record<string, unknown>)[name]
    if (value !== undefined) copy[name] = copyIn(value)
  }
  return copy
}

const isPlain = (value: object) => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Numbers as they come back: -0 is 0. Refuses what the document client refuses. */
export function checkedNumber(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`Special numeric value ${value} is not allowed`)
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new TypeError(`Number ${value} is too large to be exact`)
  if (value !== 0 && Math.abs(value) < 1e-130) throw new ValidationException('Number underflow')
  return value === 0 ? 0 : value
}

/** A copy that the caller may do with as he likes. Values in the table are known to be sound. */
export function copyOut(item: Item): Item {
  const copy: Record<string, Value> = {}
  for (const name of Object.keys(item)) {
    const value = item[name]!
    copy[name] = typeof value === 'object' ? copyIn(value) : value
  }
  return copy as Item
}

/** Order of strings as DynamoDB has it: by their bytes in UTF-8. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  // UTF-16 order is the same as long as no surrogate is compared with U+E000 … U+FFFF.
  if (!beyondSimple.test(a) || !beyondSimple.test(b)) return a < b ? -1 : 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const beyondSimple = /[\ud800-\uffff]/

/** The bytes of an item by the rules of DynamoDB's documentation ("item sizes and formats"). */
export function itemSize(item: ValueMap): number {
  let size = 0
  for (const name of Object.keys(item)) size += Buffer.byteLength(name) + valueSize(item[name]!)
  return size
}

function valueSize(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return numberSize(value)
  if (typeof value === 'boolean' || value === null) return 1
  if (value instanceof Uint8Array) return value.length
  // 3 bytes for a list or map, 1 for each member.
  if (Array.isArray(value)) return value.reduce((size, member: Value) => size + 1 + valueSize(member), 3)
  return 3 + Object.keys(value).length + itemSize(value as ValueMap)
}

/** One byte for every two significant digits, counted from an even power of ten, one for the exponent, one for a minus. */
function numberSize(value: number): number {
  if (value === 0) return 1
  // Whole numbers up to 99 are one pair of digits: most are counters.
  if (value > 0 && value < 100 && Number.isInteger(value)) return 2
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string]
  const digits = mantissa.replace('.', '').length
  // Pairs of digits are of base 100: an odd power of ten fills the first pair, an even one leaves half of it empty.
  const pairs = Math.ceil((digits + (Number(exponent) % 2 === 0 ? 1 : 0)) / 2)
  return 1 + pairs + (value < 0 ? 1 : 0)
}
