/** An element exactly as it stood in the bytes. */
export interface XmlNode {
  readonly name: string
  readonly xmlns?: string
  readonly children: readonly XmlNode[]
  readonly text: string
}

/** An answer that a simple phone could not read, and why. */
export class UnreadableAnswer extends Error {}

const token = /<(\/?)([^<>]*?)(\/?)>|([^<]+)/y
const tag = /^([A-Za-z][A-Za-z0-9_-]*)(?: xmlns="([^"<>&]*)")?$/

/**
 * Reads XML as the least of phones would, so that everything a phone may stumble over is refused: prefixes, attributes
 * other than xmlns, comments, CDATA, processing instructions, white space between elements, more than one root, and
 * character references other than those that text needs (clients.md 10). It shares nothing with the service's decoder.
 *
 * @throws UnreadableAnswer
 */
export function readStrictly(xml: string): XmlNode {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>'
  if (!xml.startsWith(declaration)) throw new UnreadableAnswer('the answer does not start with the XML declaration')
  const reader = new Reader(xml, declaration.length)
  const root = reader.element()
  if (!reader.atEnd) throw new UnreadableAnswer('something stands after the root element')
  return root
}

class Reader {
  readonly #xml: string
  #position: number

  constructor(xml: string, position: number) {
    this.#xml = xml
    this.#position = position
  }

  get atEnd(): boolean {
    return this.#position === this.#xml.length
  }

  element(): XmlNode {
    const start = this.#next()
    if (start.text !== undefined) throw this.#wrong('text stands where an element is due')
    if (start.isEnd) throw this.#wrong('an element is closed that was never opened')
    const parts = tag.exec(start.tag!)
    if (!parts) throw this.#wrong(`<${start.tag}> is no plain element`)
    const [, name = '', xmlns] = parts
    const { children, text } = start.isEmpty ? { children: [], text: '' } : this.#content(name)
    return { name, ...(xmlns !== undefined && { xmlns }), children, text }
  }

  #content(name: string): Pick<XmlNode, 'children' | 'text'> {
    const children: XmlNode[] = []
    let text = ''
    for (;;) {
      const before = this.#position
      const next = this.#next()
      if (next.text !== undefined) text += next.text
      else if (next.isEnd) {
        if (next.tag !== name) throw this.#wrong(`<${name}> is closed by </${next.tag}>`)
        break
      } else {
        this.#position = before
        children.push(this.element())
      }
    }
    if (children.length > 0 && text !== '')
      throw this.#wrong(`<${name}> has text or white space between its elements: ${JSON.stringify(text)}`)
    return { children, text: plainText(text) }
  }

  #next(): { text?: string; tag?: string; isEnd: boolean; isEmpty: boolean } {
    token.lastIndex = this.#position
    const found = token.exec(this.#xml)
    if (!found) throw this.#wrong('the XML is not well-formed')
    this.#position = token.lastIndex
    const [, end, inside, empty, text] = found
    return { text, tag: inside, isEnd: end === '/', isEmpty: empty === '/' }
  }

  #wrong(why: string): UnreadableAnswer {
    return new UnreadableAnswer(`${why}, at "${this.#xml.slice(Math.max(0, this.#position - 40), this.#position)}"`)
  }
}

/** `&`, `<` and a carriage return are the only characters that need a reference; `>` does after `]]` and nowhere else. */
function plainText(text: string): string {
  const references = text.match(/&[^;]*;?/g) ?? []
  const odd = references.find((one) => !['&amp;', '&lt;', '&#13;', '&gt;'].includes(one))
  if (odd !== undefined) throw new UnreadableAnswer(`${odd} is escaped, which nothing asks for`)
  if (/(?<!]])&gt;/.test(text)) throw new UnreadableAnswer('> is escaped: one client cuts text out of raw bytes')
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#13;', '\r').replaceAll('&amp;', '&')
}

/** A message as XML, in the plain form in which most phones write it. */
export const writeXml = (root: XmlNode): string => `<?xml version="1.0" encoding="UTF-8"?>${writeElement(root)}`

function writeElement({ name, xmlns, text, children }: XmlNode): string {
  const start = xmlns === undefined ? name : `${name} xmlns="${xmlns}"`
  const content = escaped(text) + children.map(writeElement).join('')
  return content === '' ? `<${start}/>` : `<${start}>${content}</${name}>`
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Elements as an outline, for a person to read. */
export const asOutline = (node: XmlNode, depth = 0): string[] => [
  `${'  '.repeat(depth)}${node.name}${node.children.length > 0 || node.text === '' ? '' : ` ${node.text}`}`,
  ...node.children.flatMap((child) => asOutline(child, depth + 1)),
]
