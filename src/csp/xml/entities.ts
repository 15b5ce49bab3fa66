import { NotCspError } from '../cspError.ts'

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Characters that XML 1.0 cannot carry: control characters but tab and line ends, lone surrogates, U+FFFE and U+FFFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu

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

const unknown = () => new NotCspError(400, 'Not a CSP message: an entity or character that XML does not know')

function resolve(reference: string | undefined): string {
  const body = reference?.slice(0, -1) ?? ''
  if (Object.hasOwn(named, body)) return named[body]!
  const digits = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(body)
  if (!digits) throw unknown()
  const code = digits[1] ? Number.parseInt(digits[1], 16) : Number(digits[2])
  if (code > 0x10ffff) throw unknown()
  return String.fromCodePoint(code)
}

/** Anything that a text must not have, on receipt in an encoding that could carry it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const suspicious = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/

/** Text without the characters that XML cannot carry: whatever comes in may have to go out in XML. */
export const withoutForbidden = (text: string): string => (suspicious.test(text) ? text.replace(forbidden, '') : text)

/**
 * Text as it is sent. `>` is left alone where XML allows it: one client cuts text out of raw bytes. Characters that XML
 * cannot carry are dropped, and a carriage return goes as a reference, so that it is not taken for a line end.
 */
export function escapeText(text: string): string {
  if (!needsCare.test(text)) return text
  return text
    .replace(forbidden, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/]]>/g, ']]&gt;')
    .replace(/\r/g, '&#13;')
}
