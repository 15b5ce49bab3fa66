import { conform } from '../contentModel.ts'
import { type Element, element } from '../element.ts'
import type { Message, SessionMessage, Transaction } from '../message.ts'
import { type StatusCode, statusDescriptions } from '../statusCodes.ts'
import { spokenVersion, type Version } from '../versions.ts'
import { writeHeader } from './header.ts'
import { type PtsPrimitive, primitiveOfName } from './primitives.ts'
import type { Value } from './value.ts'
import { writeParameter } from './write.ts'

/**
 * A message as plain text, a line for each transaction: plain text has no other place for several, and this service
 * sends several only to who sent several. What has no code is left out, Poll and CIR among it. An unsupported version
 * is written as the highest one (505).
 *
 * An answer without a transaction code is told as a Status. A request without one is left out: it has to wait until
 * the client speaks another encoding.
 */
export function encodePts(message: Message): Uint8Array {
  const version = spokenVersion(message.version)
  const lines =
    message.kind === 'session'
      ? message.transactions.flatMap((one) => transactionLine(one, message, version) ?? [])
      : [line(version, undefined, status(501))]
  return Buffer.from(lines.join('\n'), 'utf8')
}

/** Answers that say less as a Status, but are no failure. */
const statusInstead: Readonly<Record<string, StatusCode>> = { 'CreateList-Response': 200 }

const status = (code: StatusCode): Element =>
  element('Status', { Result: { Code: code, Description: statusDescriptions[code] } })

function transactionLine(
  { mode, id, primitive }: Transaction,
  { session }: SessionMessage,
  version: Version,
): string | undefined {
  if (primitiveOfName(primitive.name)) return line(version, id, primitive, session.id)
  return mode === 'Request' ? undefined : line(version, id, status(statusInstead[primitive.name] ?? 501), session.id)
}

function line(version: Version, id: string | undefined, primitive: Element, sessionId?: string): string {
  const known = primitiveOfName(primitive.name)!
  const written = conform(primitive, version)
  const own = known.parameters.flatMap(([code, form]): (readonly [string, Value])[] => {
    const value = form.write(written, version)
    return value === undefined ? [] : [[code, value]]
  })
  const session = sessionOf(known, primitive, sessionId)
  const parameters = [...(session ? [['SI', session] as const] : []), ...own.filter(([code]) => code !== 'SI')]
  return [
    writeHeader(version, known.code, transactionId(id)),
    ...parameters.map(([code, value]) => writeParameter(code, value)),
  ].join(' ')
}

/**
 * SI stands first. In a Login-Response it is the new session's and stands there once, whatever the SessionDescriptor
 * says (R15), so a refusal has none; in a Login-Request it names the session to be re-established (R1).
 */
function sessionOf(known: PtsPrimitive, primitive: Element, sessionId: string | undefined): string | undefined {
  if (known.name === 'Login-Response') return primitive.textOf('SessionID')
  return sessionId ?? (known.name === 'Login-Request' ? primitive.textOf('SessionID') : undefined)
}

/**
 * Plain text has numbers only, from 0 to 999; a larger one is written as it is, since any other would be another
 * transaction's. 0 stands for none, and for what is no number, which no client of this encoding chooses.
 */
const transactionId = (id: string | undefined): string => (id !== undefined && /^\d{1,50}$/.test(id) ? id : '0')
