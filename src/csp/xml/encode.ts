import type { Element } from '../element.ts'
import { namespaceOf, writeEnvelope } from '../envelope.ts'
import type { Message } from '../message.ts'
import { spokenVersion, type Version } from '../versions.ts'
import { escapeText } from './entities.ts'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'

/**
 * A message as XML bytes, strict: declaration, default namespaces, elements in the order of the content model, no white
 * space between them, no comments. An unsupported version is written as the highest one (505).
 */
export const encodeXml = (message: Message): Uint8Array =>
  Buffer.from(declaration + write(writeEnvelope(message), spokenVersion(message.version)), 'utf8')

function write({ name, children, rawText }: Element, version: Version): string {
  const namespace = namespaceOf(name, version)
  const start = namespace === undefined ? name : `${name} xmlns="${namespace}"`
  let content = ''
  if (children.length > 0) for (const child of children) content += write(child, version)
  else content = escapeText(rawText)
  return content === '' ? `<${start}/>` : `<${start}>${content}</${name}>`
}
