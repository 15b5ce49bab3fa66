/** What windows-1252 has where Latin-1 has control characters, from 0x80 on. */
const windows1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178'

/** True for a name of a character set that can be read. */
export function isCharset(name: string): boolean {
  try {
    new TextDecoder(name)
    return true
  } catch {
    return false
  }
}

/**
 * Bytes as text, a byte order mark inside it included.
 *
 * @param charset as the Encoding Standard names it; UTF-8 when absent
 * @throws TypeError, RangeError when the bytes do not fit, or the set is not known
 */
export function decodeCharacters(bytes: Uint8Array, charset = 'utf-8'): string {
  const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true })
  const text = decoder.decode(bytes)
  // COMPAT(Node.js 20 to 24): reads windows-1252, and so Latin-1 by the standard's reading of it, without these.
  return decoder.encoding === 'windows-1252'
    ? text.replace(/[\u0080-\u009f]/g, (one) => windows1252[one.charCodeAt(0) - 0x80]!)
    : text
}
