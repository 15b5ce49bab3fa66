import { malformed } from './cspError.ts'

/** Characters that XML 1.0 cannot carry: control characters but tab and line ends, lone surrogates, U+FFFE and U+FFFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
export const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu

/** Text without the characters that XML cannot carry: whatever comes in may have to go out in XML. */
export const withoutForbidden = (text: string): string => text.replace(forbidden, '')

/** What windows-1252 has where Latin-1 has control characters, from 0x80 on. */
const windows1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178'

/** Reads bytes of one character set. */
export interface CharacterDecoder {
  /** Its name in the Encoding Standard. */
  readonly encoding: string
  /** A byte order mark is a character like any other. @throws NotCspError 400 when the bytes do not fit */
  decode(bytes: Uint8Array): string
}

/**
 * @param charset by any name that the Encoding Standard knows; UTF-8 when absent
 * @throws NotCspError 400 for a set that is not known
 */
export function characterDecoder(charset = 'utf-8'): CharacterDecoder {
  const decoder = fitting(() => new TextDecoder(charset, { fatal: true, ignoreBOM: true }))
  const { encoding } = decoder
  const decode = (bytes: Uint8Array) => fitting(() => decoder.decode(bytes))
  if (encoding !== 'windows-1252') return { encoding, decode }
  // COMPAT(Node.js 20 to 24): reads windows-1252, and so Latin-1 by the standard's reading of it, without these.
  const mended = (text: string) => text.replace(/[\u0080-\u009f]/g, (one) => windows1252[one.charCodeAt(0) - 0x80]!)
  return { encoding, decode: (bytes) => mended(decode(bytes)) }
}

function fitting<Result>(read: () => Result): Result {
  try {
    return read()
  } catch {
    throw malformed('the characters do not fit the encoding')
  }
}
