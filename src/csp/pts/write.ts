import { withoutForbidden } from '../characters.ts'
import type { Value } from './value.ts'

/** What the reference wants quoted, and every other white space, which would end the value or the line. */
const needsQuotes = /[\s",()=&]/

/** One parameter: `CODE=value`. */
export const writeParameter = (code: string, value: Value): string => `${code}=${writeValue(value)}`

function writeValue(value: Value): string {
  if (typeof value === 'string') return writeText(withoutForbidden(value))
  // A group of one empty string is not an empty group.
  return value.length === 1 && value[0] === '' ? '("")' : `(${value.map(writeValue).join(',')})`
}

/** What XML cannot carry is not sent in any encoding: it is taken out before. */
const writeText = (text: string) => (needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
