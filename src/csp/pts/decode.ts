import { malformed } from '../cspError.ts'
import { Element } from '../element.ts'
import type { Message, SessionMessage, Transaction } from '../message.ts'
import { spokenVersion } from '../versions.ts'
import { type Header, readHeader } from './header.ts'
import { memberCounter, type Parameters, readParameters } from './parameters.ts'
import { primitiveOfCode } from './primitives.ts'
import { joinSegments, type Segment, segmentsIn } from './segments.ts'
import { bodyText } from './text.ts'
import { textOf } from './value.ts'

/**
 * Plain text to a message. Codes in upper or lower case, unknown parameters and white space are let pass; what an
 * unknown transaction code stands for is a primitive by that name, which no service knows (501).
 *
 * Each line is a transaction. A message that was cut into segments has them all in the body, in any order. Of one that
 * comes alone no service can know the rest (501).
 *
 * @param charset of the Content-Type, when it names one
 * @throws NotCspError 400 for what is no CSP message, for more than 1000 lines, and when one of several segments is missing
 */
export function decodePts(body: Uint8Array, charset?: string): Message {
  const received = bodyText(body, charset)
  const segments = readHeader(received).mark === undefined ? [] : segmentsIn(received)
  const [first] = segments
  if (first && first.last > 0 && segments.length === 1) return alone(first)
  const lines = readLines(first ? joinSegments(segments) : received)
  const versions = new Set(lines.map(({ header }) => header.version))
  const ids = new Set(lines.flatMap(({ sessionId }) => sessionId ?? []))
  if (versions.size > 1 || ids.size > 1) throw malformed('lines of different messages')
  const [id] = ids
  return {
    kind: 'session',
    version: lines[0]!.header.version,
    session: { type: id === undefined ? 'Outband' : 'Inband', ...(id !== undefined && { id }) },
    transactions: lines.map(({ transaction }) => transaction),
  } satisfies SessionMessage
}

/**
 * A segment in a request of its own is a request that no service knows (501). Nothing in it says whose it is, but in the
 * first one, and that names the session: whoever shares an address with a client could finish what the client has begun,
 * and would get the SessionID with the answer (R3).
 */
const alone = ({ version, id }: Segment): SessionMessage => ({
  kind: 'session',
  version,
  session: { type: 'Outband' },
  transactions: [{ mode: 'Request', id, primitive: new Element('Segment') }],
})

/** Transactions in one body; a service that takes as many has no use for more. */
const mostLines = 1000

interface Line {
  readonly header: Header
  readonly sessionId?: string
  readonly transaction: Transaction
}

/** A quoted string may hold line breaks, so a line ends where its parameters do. */
function readLines(text: string): Line[] {
  const lines: Line[] = []
  const countMember = memberCounter()
  let at = 0
  while (at < text.length) {
    const header = readHeader(text, at)
    if (header.mark !== undefined) throw malformed('a segment among whole messages')
    if (lines.length === mostLines) throw malformed('too many lines')
    const { parameters, end } = readParameters(text, at + header.length, countMember)
    lines.push(readLine(header, parameters))
    at = end
    while (/\s/.test(text[at] ?? '')) at++
  }
  return lines
}

function readLine(header: Header, parameters: Parameters): Line {
  const { code, id } = header
  const known = primitiveOfCode(code)
  const version = spokenVersion(header.version)
  const children = (known?.parameters ?? []).flatMap(([parameter, form]) => {
    const value = parameters.get(parameter)
    return value === undefined ? [] : form.read(value, version)
  })
  // A Polling-Request opens no transaction; its id, 0, is there because the line needs one.
  const hasId = known?.name !== 'Polling-Request'
  const ownsId = known?.parameters.some(([parameter]) => parameter === 'SI')
  const sessionId = ownsId ? undefined : textOf(parameters.get('SI'))?.trim()
  return {
    header,
    ...(sessionId && { sessionId }),
    transaction: {
      mode: known?.mode ?? 'Request',
      ...(hasId && { id }),
      primitive: new Element(known?.name ?? code, children),
    },
  }
}
