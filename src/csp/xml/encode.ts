import { conform } from '../contentModel.ts'
import type { Element } from '../element.ts'
import type { Message, SessionMessage, Transaction } from '../message.ts'
import { highestVersion, namespaces, type Version } from '../versions.ts'
import { escapeText } from './entities.ts'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'

/**
 * A message as XML bytes, strict: declaration, default namespaces, elements in the order of the content model, no white
 * space between them, no comments. An unsupported version is written as the highest one (505).
 */
export function encodeXml(message: Message): Uint8Array {
  const version = message.version === 'unsupported' ? highestVersion : message.version
  const body =
    message.kind === 'session' ? session(message, version) : write(conform(message.content, version), version)
  const xml = `${declaration}<WV-CSP-Message xmlns="${namespaces[version].session}">${body}</WV-CSP-Message>`
  return Buffer.from(xml, 'utf8')
}

const flag = (name: string, value: boolean | undefined) =>
  value === undefined ? '' : `<${name}>${value ? 'T' : 'F'}</${name}>`

const leaf = (name: string, text: string | undefined) =>
  text === undefined ? '' : `<${name}>${escapeText(text)}</${name}>`

function session({ session, transactions, poll, cir }: SessionMessage, version: Version): string {
  // 1.1 has the Poll flag in the TransactionDescriptor; only the last one says whether more is waiting.
  const inDescriptor = version === '1.1'
  const last = transactions.length - 1
  const written = transactions.map((one, index) =>
    transaction(one, version, inDescriptor ? Boolean(poll) && index === last : undefined),
  )
  const flags = inDescriptor ? '' : flag('Poll', poll) + (cir ? flag('CIR', false) : '')
  const descriptor = leaf('SessionType', session.type) + leaf('SessionID', session.id)
  return `<Session><SessionDescriptor>${descriptor}</SessionDescriptor>${written.join('')}${flags}</Session>`
}

function transaction({ mode, id, primitive }: Transaction, version: Version, poll: boolean | undefined): string {
  const descriptor = leaf('TransactionMode', mode) + leaf('TransactionID', id) + flag('Poll', poll)
  const content = write(conform(primitive, version), version)
  return (
    `<Transaction><TransactionDescriptor>${descriptor}</TransactionDescriptor>` +
    `<TransactionContent xmlns="${namespaces[version].transaction}">${content}</TransactionContent></Transaction>`
  )
}

function write(element: Element, version: Version): string {
  const { name } = element
  // The presence vocabulary starts at PresenceSubList and always states its namespace.
  const start = name === 'PresenceSubList' ? `${name} xmlns="${namespaces[version].presence}"` : name
  const content =
    element.children.length > 0
      ? element.children.map((child) => write(child, version)).join('')
      : escapeText(element.rawText)
  return content === '' ? `<${start}/>` : `<${start}>${content}</${name}>`
}
