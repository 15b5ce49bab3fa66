import { characterDecoder, withoutForbidden } from '../characters.ts'

/**
 * The characters of a body, without white space in front and line breaks at the end (a segment may end with a space), and
 * without those that XML cannot carry: whatever comes in may have to go out in XML.
 *
 * @throws NotCspError 400 when they do not fit the encoding, UTF-8 unless the Content-Type says another
 */
export const bodyText = (body: Uint8Array, charset: string | undefined): string =>
  // A byte order mark counts as white space.
  withoutLineEnd(withoutForbidden(characterDecoder(charset).decode(body)).trimStart())

function withoutLineEnd(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n' || text[end - 1] === '\r') end--
  return text.slice(0, end)
}
