import { namespaces, type Version } from '../../src/csp/versions.ts'
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

/** A message as XML, in the plain form in which most phones write it. */
export function writeMessage(
  version: Version,
  descriptor: Descriptor,
  transactions: readonly SentTransaction[],
  values: Values,
): string {
  const { session, transaction } = namespaces[version]
  const written = transactions.map(({ mode, id, primitive }) => {
    const idElement = id === undefined ? '' : `<TransactionID>${escaped(id)}</TransactionID>`
    const content = writeElement(primitive, version, values)
    return (
      `<Transaction><TransactionDescriptor><TransactionMode>${mode}</TransactionMode>${idElement}</TransactionDescriptor>` +
      `<TransactionContent xmlns="${transaction}">${content}</TransactionContent></Transaction>`
    )
  })
  const id = descriptor.id === undefined ? '' : `<SessionID>${escaped(descriptor.id)}</SessionID>`
  const type = `<SessionType>${descriptor.type}</SessionType>`
  return wrap(`<Session><SessionDescriptor>${type}${id}</SessionDescriptor>${written.join('')}</Session>`, session)
}

/** A version discovery, which stands in place of a Session. */
export const writeDiscovery = (version: Version, content: Sketch, values: Values): string =>
  wrap(writeElement(content, version, values), namespaces[version].session)

const wrap = (content: string, namespace: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><WV-CSP-Message xmlns="${namespace}">${content}</WV-CSP-Message>`

function writeElement({ name, text, children }: Sketch, version: Version, values: Values): string {
  const start = name === 'PresenceSubList' ? `${name} xmlns="${namespaces[version].presence}"` : name
  const content =
    text === undefined
      ? // In what is sent, `Result 200` is its code alone.
        children.filter((one) => one.text !== '*').map((one) => writeElement(one, version, values))
      : [escaped(evaluate(text, values))]
  return content.join('') === '' ? `<${start}/>` : `<${start}>${content.join('')}</${name}>`
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
