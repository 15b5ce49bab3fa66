import { malformed } from '../cspError.ts'
import { type Version, versions } from '../versions.ts'

/** `WV` *version* *transaction code* *transaction id* [*segment mark*], in front of a space or the end of the line. */
export interface Header {
  readonly version: Version | 'unsupported'
  /** Two letters, in upper case. */
  readonly code: string
  /** Digits; the reference knows 0 to 999. */
  readonly id: string
  /** All of it in front of the mark, in upper case. */
  readonly text: string
  /** Two letters, in lower case: this segment and the last one, both counted from `a`. */
  readonly mark?: string
  /** Characters of it, the space included. */
  readonly length: number
}

/** No TransactionID is longer. */
const form = /WV(\d\d|XX)([A-Z]{2})(\d{1,50})([A-Z]{2})?(?: |(?=\s)|$)/iy

/** @throws NotCspError 400 when there is none at that place */
export function readHeader(body: string, start = 0): Header {
  form.lastIndex = start
  const found = form.exec(body)
  if (!found) throw malformed(start === 0 ? 'it does not start as plain text does' : 'text after its end')
  const [all, digits = '', code = '', id = '', mark] = found
  const text = `WV${digits}${code}${id}`.toUpperCase()
  // `XX`, version discovery, says of no version that it is the one of the message.
  const version = versions.find((one) => digitsOf(one) === digits) ?? 'unsupported'
  return { text, version, code: code.toUpperCase(), id, ...(mark && { mark: mark.toLowerCase() }), length: all.length }
}

export const writeHeader = (version: Version, code: string, id: string): string => `WV${digitsOf(version)}${code}${id}`

const digitsOf = (version: Version) => version.replace('.', '')
