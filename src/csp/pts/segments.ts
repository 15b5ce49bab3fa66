import { CspError, malformed } from '../cspError.ts'
import { type Header, readHeader } from './header.ts'

/** As many as there are letters to number them. */
const mostSegments = 26

/** Some may have come more than once. */
const mostLines = 10 * mostSegments

/** A part of a message that was cut for a bearer of short messages. */
export interface Segment {
  /** That of the message, in upper case, the same in all of them. */
  readonly header: string
  readonly version: Header['version']
  readonly code: string
  /** The TransactionID. */
  readonly id: string
  /** 0 for the first. */
  readonly index: number
  /** The index of the last one. */
  readonly last: number
  /** What it holds of the parameters. */
  readonly slice: string
}

/**
 * A message of one line, cut into segments of at most `limit` characters (UTF-16 units) each; itself when it is short
 * enough. Each has the header, with its mark, and a slice of the parameters.
 *
 * @throws CspError 432 when 26 are too few
 */
export function segmentsOf(message: string, limit: number): string[] {
  if (message.length <= limit) return [message]
  const { text: header, length } = readHeader(message)
  const slices = cut(message.slice(length), limit - header.length - 'ab '.length)
  const last = letter(slices.length - 1)
  return slices.map((slice, index) => `${header}${letter(index)}${last} ${slice}`)
}

function cut(text: string, room: number): string[] {
  const slices: string[] = []
  let at = 0
  do {
    const slice = unbroken(text.slice(at, at + Math.max(room, 0)))
    if (slice === '' || slices.length === mostSegments) throw new CspError(432)
    slices.push(slice)
    at += slice.length
  } while (at < text.length)
  return slices
}

/**
 * The two halves of a character outside the basic plane stay together. No segment ends with a line break of the text: it
 * would be taken for the one behind it.
 */
const unbroken = (text: string) => text.replace(/(?:[\uD800-\uDBFF]|[\r\n]+)$/, '')

const letter = (index: number) => String.fromCharCode('a'.charCodeAt(0) + index)
const indexOf = (mark: string) => mark.charCodeAt(0) - 'a'.charCodeAt(0)

/** @throws NotCspError 400 for what is no segment */
export function parseSegment(text: string): Segment {
  const { text: header, version, code, id, mark, length } = readHeader(text)
  if (mark === undefined) throw malformed('a whole message among segments')
  const [index, last] = [indexOf(mark[0]!), indexOf(mark[1]!)]
  if (index > last) throw malformed('a segment after the last one')
  return { header, version, code, id, index, last, slice: text.slice(length) }
}

/** The segments in a body, one on each line. A slice may hold line breaks of its own, so a line starts with the header. */
export function segmentsIn(text: string): Segment[] {
  const { header } = parseSegment(text)
  const lines = text.split(new RegExp(`\\r?\\n(?=${header}[A-Z]{2}(?:\\s|$))`, 'i'), mostLines + 1)
  if (lines.length > mostLines) throw malformed('too many segments')
  return lines.map(parseSegment)
}

/**
 * The message that was cut into these, in any order; one that came twice counts once.
 *
 * @throws NotCspError 400 when one is missing, or they are of different messages
 */
export function joinSegments(segments: readonly Segment[]): string {
  const [first] = segments
  const slices = new Map<number, string>()
  for (const { header, index, last, slice } of segments) {
    if (header !== first?.header || last !== first.last) throw malformed('segments of different messages')
    if (!slices.has(index)) slices.set(index, slice)
  }
  if (!first || slices.size <= first.last) throw malformed('a segment is missing')
  const joined = [...slices].sort(([one], [other]) => one - other).map(([, slice]) => slice)
  return `${first.header} ${joined.join('')}`
}
