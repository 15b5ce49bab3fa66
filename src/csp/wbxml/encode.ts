import type { Element } from '../element.ts'
import { namespaceOf, writeEnvelope } from '../envelope.ts'
import type { Message } from '../message.ts'
import { spokenVersion, type Version } from '../versions.ts'
import * as token from './globalTokens.ts'
import { contentBytes, integerBytes, momentBytes } from './opaque.ts'
import {
  type Kind,
  kindOf,
  pageOf,
  publicIdOf,
  splitNamespace,
  tokenOf,
  type Vocabulary,
  vocabulary,
} from './vocabulary.ts'
import { Writer } from './writer.ts'

/**
 * A message as WBXML bytes, as the least of phones can read it (clients.md 29): numeric public identifier, empty string
 * table, inline text, whole numbers, moments and BASE64 content as opaque bytes, and value tokens only in elements that hold
 * one of a list of words. An unsupported version is written as the highest one (505).
 *
 * An element for which the version has no token is left out: a client stops at what it does not know.
 */
export const encodeWbxml = (message: Message): Uint8Array =>
  encodeDocument(writeEnvelope(message), spokenVersion(message.version))

/** A root element as a WBXML document. */
export function encodeDocument(root: Element, version: Version): Uint8Array {
  const writer = new Writer()
  writer.byte(token.wbxmlVersion)
  writer.number(publicIdOf(version))
  writer.number(token.utf8Charset)
  writer.number(0)
  new Encoder(writer, version).element(root, undefined)
  return writer.bytes()
}

class Encoder {
  readonly #writer: Writer
  readonly #version: Version
  readonly #vocabulary: Vocabulary
  #page = 0

  constructor(writer: Writer, version: Version) {
    this.#writer = writer
    this.#version = version
    this.#vocabulary = vocabulary(version)
  }

  element(element: Element, parent: Element | undefined): void {
    const { name, children, rawText } = element
    const code = this.#vocabulary.tagCodes.get(name)
    if (code === undefined) return
    const namespace = namespaceOf(name, this.#version)
    // The root is never empty in a message; where it is, the reference writes it like this.
    const hasContent = children.length > 0 || rawText !== '' || !parent
    this.#usePage(pageOf(code))
    this.#writer.byte(
      tokenOf(code) | (namespace === undefined ? 0 : token.withAttributes) | (hasContent ? token.withContent : 0),
    )
    if (namespace !== undefined) this.#namespace(namespace)
    if (!hasContent) return
    if (rawText !== '') this.#text(element, parent)
    for (const child of children) this.element(child, element)
    this.#writer.byte(token.END)
  }

  #usePage(page: number): void {
    if (page === this.#page) return
    this.#page = page
    this.#writer.byte(token.SWITCH_PAGE)
    this.#writer.byte(page)
  }

  #namespace(namespace: string): void {
    const split = splitNamespace(namespace)
    this.#writer.byte(split.token)
    this.#writer.text(split.rest)
    this.#writer.byte(token.END)
  }

  #text({ name, rawText }: Element, parent: Element | undefined): void {
    const kind = kindOf(name, parent?.name ?? '')
    const { valueTokens, presenceTokens } = this.#vocabulary
    const value =
      kind === 'value' ? valueTokens.get(rawText) : kind === 'presence value' ? presenceTokens.get(rawText) : undefined
    if (value !== undefined) {
      this.#writer.byte(token.EXT_T_0)
      this.#writer.number(value)
      return
    }
    const bytes = opaqueBytes(kind, rawText, parent)
    if (bytes) this.#writer.opaque(bytes)
    else this.#writer.text(rawText)
  }
}

/** Undefined for text that would not be the same after a way through bytes: it goes as it is. */
function opaqueBytes(kind: Kind | undefined, text: string, parent: Element | undefined) {
  if (kind === 'integer') return integerBytes(text)
  if (kind === 'date') return momentBytes(text)
  if (kind !== 'content') return undefined
  const encoding = parent?.textOf('ContentEncoding') ?? parent?.child('MessageInfo')?.textOf('ContentEncoding')
  return encoding?.toUpperCase() === 'BASE64' ? contentBytes(text) : undefined
}
