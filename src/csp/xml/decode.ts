import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { characterDecoder } from '../characters.ts'
import { malformed, NotCspError } from '../cspError.ts'
import { Element } from '../element.ts'
import { deepestNesting, envelopeDepth, isOfImps, readEnvelope } from '../envelope.ts'
import type { Message } from '../message.ts'
import { type Version, versionOfNamespace } from '../versions.ts'
import { unescapeText } from './entities.ts'

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // The five named entities and character references are resolved below; a DTD's own are never looked at.
  processEntities: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: deepestNesting,
})

/** A node as the parser gives it: one key with the children, `:@` with the attributes; text nodes have `#text`. */
type Node = Record<string, unknown>

type Attributes = Readonly<Record<string, string>>

/** The attributes of an element and, outwards, of those around it: where the declaration of a prefix is found. */
interface Scope {
  readonly attributes: Attributes
  readonly outer: Scope | undefined
}

/**
 * XML bytes to a message. Prefixes, unknown elements and attributes, indentation, comments and element order are let
 * pass; DTDs are skipped, never fetched or expanded. Inside a primitive, elements of a foreign namespace are left out.
 *
 * @param charset of the Content-Type, when it names one; the XML declaration's is taken otherwise
 * @throws NotCspError 400 for what is no well-formed CSP message
 */
export function decodeXml(body: Uint8Array, charset?: string): Message {
  const root = rootOf(textOf(body, charset))
  return readEnvelope(root.element, versionOf(root.namespaces))
}

function textOf(body: Uint8Array, charset: string | undefined): string {
  const start = Buffer.from(body.subarray(0, 200)).toString('latin1')
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1]
  // A byte order mark counts as white space.
  return characterDecoder(charset ?? byteOrder(body) ?? declared)
    .decode(body)
    .trimStart()
}

/** UTF-16 says by its first two bytes what it is; its declaration cannot be read before that is known. */
function byteOrder(body: Uint8Array): string | undefined {
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le'
  return body[0] === 0xfe && body[1] === 0xff ? 'utf-16be' : undefined
}

function rootOf(text: string): { element: Element; namespaces: string[] } {
  let nodes: Node[]
  try {
    // The validator refuses what the parser would let pass: unclosed and crossed tags, text around the root.
    if (XMLValidator.validate(text) !== true) throw malformed('the XML is not well-formed')
    nodes = parser.parse(text) as Node[]
  } catch (error) {
    if (error instanceof NotCspError) throw error
    throw malformed('the XML is not well-formed')
  }
  const roots = nodes.filter((node) => nameOf(node) !== undefined)
  const root = roots[0]
  if (!root || roots.length > 1) throw malformed('not one root element')
  const namespaces = Object.entries(attributesOf(root) ?? {})
    .filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'))
    .map(([, value]) => value)
  return { element: toElement(root, scopeOf(root, undefined)), namespaces }
}

/** The key of an element node; undefined for text and CDATA. */
const nameOf = (node: Node): string | undefined => {
  for (const key in node) if (key !== ':@') return key.startsWith('#') ? undefined : key
  return undefined
}

const attributesOf = (node: Node) => node[':@'] as Attributes | undefined

/** Most elements have no attributes, and share the scope of their parent. */
function scopeOf(node: Node, outer: Scope | undefined): Scope | undefined {
  const attributes = attributesOf(node)
  return attributes ? { attributes, outer } : outer
}

/** @param scope that of the node itself */
function toElement(node: Node, scope: Scope | undefined, depth = 1): Element {
  const key = nameOf(node)!
  const children: Element[] = []
  let text = ''
  for (const child of node[key] as Node[]) {
    if ('#text' in child) text += unescapeText(String(child['#text']))
    else if ('#cdata' in child) text += (child['#cdata'] as Node[]).map((part) => String(part['#text'])).join('')
    else {
      const inside = scopeOf(child, scope)
      if (depth < envelopeDepth || !isForeign(child, inside)) children.push(toElement(child, inside, depth + 1))
    }
  }
  // Text beside children is indentation.
  return new Element(key.slice(key.indexOf(':') + 1), children.length > 0 ? children : text)
}

/**
 * True for a vendor's element (clients.md 22): its own default namespace, or the one of its prefix, is known and none
 * of IMPS's. An inherited default does not count: what inherits a vendor's is left out with the vendor's element.
 *
 * @param scope that of the node itself
 */
function isForeign(node: Node, scope: Scope | undefined): boolean {
  const key = nameOf(node)!
  const colon = key.indexOf(':')
  const address = colon < 0 ? attributesOf(node)?.xmlns : declaredAs(`xmlns:${key.slice(0, colon)}`, scope)
  return address !== undefined && !isOfImps(address.trim())
}

/** The nearest declaration of that name; undefined for a prefix that nothing declares. */
function declaredAs(name: string, scope: Scope | undefined): string | undefined {
  for (let at = scope; at; at = at.outer) if (Object.hasOwn(at.attributes, name)) return at.attributes[name]
  return undefined
}

function versionOf(declared: readonly string[]): Version | 'unsupported' {
  const found = declared.map(versionOfNamespace).filter((version) => version !== undefined)
  const version = found.find((one) => one !== 'unsupported') ?? found[0]
  if (!version) throw malformed('no CSP namespace')
  return version
}
