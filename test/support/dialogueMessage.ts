import { namespaces, type Version } from '../../src/csp/versions.ts'
import type { XmlNode } from './dialogueXml.ts'
import type { Sketch } from './scriptElements.ts'
import { evaluate, type Values } from './scriptValues.ts'

/** The SessionDescriptor of a message that a client sends. */
export interface Descriptor {
  readonly type: 'Inband' | 'Outband'
  readonly id?: string
}

/** A transaction that a client sends. An `id` of undefined leaves the element out, an empty one leaves it empty. */
export interface SentTransaction {
  readonly mode: 'Request' | 'Response'
  readonly id: string | undefined
  readonly primitive: Sketch
}

/** A message in the plain form in which most phones write it, before it is XML or WBXML. */
export function messageOf(
  version: Version,
  descriptor: Descriptor,
  transactions: readonly SentTransaction[],
  values: Values,
): XmlNode {
  const { session, transaction } = namespaces[version]
  const written = transactions.map(({ mode, id, primitive }) =>
    node('Transaction', [
      node('TransactionDescriptor', [leaf('TransactionMode', mode), ...optional('TransactionID', id)]),
      { ...node('TransactionContent', [elementOf(primitive, version, values)]), xmlns: transaction },
    ]),
  )
  const described = node('SessionDescriptor', [
    leaf('SessionType', descriptor.type),
    ...optional('SessionID', descriptor.id),
  ])
  return { ...node('WV-CSP-Message', [node('Session', [described, ...written])]), xmlns: session }
}

/** A version discovery, which stands in place of a Session. */
export const discoveryOf = (version: Version, content: Sketch, values: Values): XmlNode => ({
  ...node('WV-CSP-Message', [elementOf(content, version, values)]),
  xmlns: namespaces[version].session,
})

function elementOf({ name, text, children }: Sketch, version: Version, values: Values): XmlNode {
  // In what is sent, `Result 200` is its code alone.
  const sent = children.filter((one) => one.text !== '*').map((one) => elementOf(one, version, values))
  const plain = text === undefined ? node(name, sent) : leaf(name, evaluate(text, values))
  return name === 'PresenceSubList' ? { ...plain, xmlns: namespaces[version].presence } : plain
}

const node = (name: string, children: readonly XmlNode[]): XmlNode => ({ name, children, text: '' })

const leaf = (name: string, text: string): XmlNode => ({ name, children: [], text })

const optional = (name: string, text: string | undefined) => (text === undefined ? [] : [leaf(name, text)])
