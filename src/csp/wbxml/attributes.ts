import { malformed } from '../cspError.ts'
import { highestVersion } from '../versions.ts'
import * as token from './globalTokens.ts'
import type { Reader } from './reader.ts'
import { readValue } from './values.ts'
import { namespacePrefix } from './vocabulary.ts'

/** The first token that stands for a value, or a part of one. CSP has none since 1.1. */
const firstValue = 0x80

/**
 * Reads the attributes of an element, or a processing instruction, which is made like one, to its end.
 *
 * @param count is told of each token
 * @returns the value of `xmlns`, the only attribute that means something
 */
export function readAttributes(reader: Reader, count: () => void): string | undefined {
  let page = 0
  let isNamespace = false
  let namespace: string | undefined
  for (;;) {
    const byte = reader.byte()
    if (byte === token.END) return namespace
    count()
    if (byte === token.SWITCH_PAGE) page = reader.byte()
    else if (byte === token.LITERAL) {
      isNamespace = reader.tableString(reader.number()) === 'xmlns'
      if (isNamespace) namespace = ''
    } else if (isValue(byte)) {
      const value = valueIn(reader, byte)
      if (isNamespace) namespace += value
    } else {
      const prefix = page === 0 ? namespacePrefix(byte) : undefined
      isNamespace = prefix !== undefined
      if (isNamespace) namespace = prefix
    }
  }
}

const isValue = (byte: number) =>
  byte >= firstValue ||
  byte === token.STR_I ||
  byte === token.ENTITY ||
  (byte >= token.EXT_I_0 && byte <= token.EXT_I_2)

function valueIn(reader: Reader, byte: number): string {
  if (byte === token.STR_I) return reader.string()
  if (byte === token.OPAQUE) return reader.text(reader.number())
  if (byte === token.LITERAL_A || byte === token.LITERAL_AC) throw malformed('a tag stands where an attribute is due')
  return (byte & 0x3f) < token.LITERAL ? readValue(reader, byte, '', highestVersion) : ''
}
