import { forbidden, withoutForbidden } from '../characters.ts'
import { malformed } from '../cspError.ts'

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Anything that cannot be sent as it is. Most text has none of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const needsCare = /[&<>\r\u0000-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/

/**
 * Resolves the five named entities and character references.
 *
 * @throws NotCspError 400 for any other entity (a DTD's are never expanded), a bare `&` and impossible characters
 */
export function unescapeText(text: string): string {
  const plain = text.includes('&')
    ? text.replace(/&([^;&\s]{0,12};)?/g, (_, reference?: string) => resolve(reference))
    : text
  // A line end is a line feed, however it was written (XML 1.0, 2.11).
  const lines = plain.includes('\r') && !text.includes('&') ? plain.replace(/\r\n?/g, '\n') : plain
  if (lines.search(forbidden) >= 0) throw unknown()
  return lines
}

const unknown = () => malformed('an entity or character that XML does not know')

function resolve(reference: string | undefined): string {
  const body = reference?.slice(0, -1) ?? ''
  if (Object.hasOwn(named, body)) return named[body]!
  const digits = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(body)
  if (!digits) throw unknown()
  const code = digits[1] ? Number.parseInt(digits[1], 16) : Number(digits[2])
  if (code > 0x10ffff) throw unknown()
  return String.fromCodePoint(code)
}

/**
 * Text as it is sent. `>` is left alone where XML allows it: one client cuts text out of raw bytes. Characters that XML
 * cannot carry are dropped, and a carriage return goes as a reference, so that it is not taken for a line end.
 */
export function escapeText(text: string): string {
  if (!needsCare.test(text)) return text
  return withoutForbidden(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/]]>/g, ']]&gt;')
    .replace(/\r/g, '&#13;')
}
