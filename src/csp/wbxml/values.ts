import { malformed } from '../cspError.ts'
import type { Version } from '../versions.ts'
import * as token from './globalTokens.ts'
import type { Reader } from './reader.ts'
import { valueWord } from './vocabulary.ts'

/**
 * The text that a token in the content of an element stands for: an entity, a string of the table, a value token. Other
 * extensions mean nothing in CSP: what belongs to them is read and left out.
 *
 * @param element in which it stands
 */
export function readValue(reader: Reader, byte: number, element: string, version: Version): string {
  if (byte === token.EXT_T_0) return reader.counted(valueWord(reader.number(), element, version) ?? '')
  if (byte === token.STR_T) return reader.tableString(reader.number())
  if (byte === token.ENTITY) return characterOf(reader.number())
  if (byte >= token.EXT_I_0 && byte <= token.EXT_I_2) reader.string()
  else if (byte > token.EXT_T_0 && byte <= token.EXT_T_2) reader.number()
  else if (byte < token.EXT_0 || byte > token.EXT_2) throw malformed('a token that WBXML does not have')
  return ''
}

/** Characters beyond the first 65,536 come as one number, or as the two of UTF-16. */
function characterOf(code: number): string {
  if (code === 0 || code > 0x10ffff) throw malformed('an entity that is no character')
  return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
}
