import { Element } from '../element.ts'

/** Elements whose content came as bytes, until it is known what they are. */
export type RawContents = Map<Element, Buffer>

/**
 * Content that came as bytes, as the text that it is everywhere else: BASE64 where its encoding, which stands beside it or
 * in the MessageInfo beside it, says so. Bytes that are no text are BASE64 too, and are made to say so: what else could
 * carry them to a client that reads XML?
 *
 * @param children of one element; those in `raw` are replaced and taken out of it
 * @param textOf reads bytes in the document's character set; undefined when they are no text
 */
export function settleContents(
  children: readonly Element[],
  raw: RawContents,
  textOf: (bytes: Buffer) => string | undefined,
): Element[] {
  let isUndeclared = false
  const encoding = (
    children.find(({ name }) => name === 'ContentEncoding') ?? infoIn(children)?.child('ContentEncoding')
  )?.text
  const settled = children.map((child) => {
    const bytes = raw.get(child)
    if (!bytes) return child
    raw.delete(child)
    // A DirectContent is BASE64 in any case.
    const isBase64 = child.name !== 'ContentData' || encoding?.toUpperCase() === 'BASE64'
    const text = isBase64 ? undefined : textOf(bytes)
    if (text !== undefined) return new Element(child.name, text)
    isUndeclared ||= !isBase64
    return new Element(child.name, bytes.toString('base64'))
  })
  return isUndeclared ? settled.map(declared) : settled
}

const infoIn = (children: readonly Element[]) => children.find(({ name }) => name === 'MessageInfo')

/** A MessageInfo that says BASE64. */
function declared(element: Element): Element {
  if (element.name !== 'MessageInfo') return element
  const others = element.children.filter(({ name }) => name !== 'ContentEncoding')
  return new Element(element.name, [...others, new Element('ContentEncoding', 'BASE64')])
}
