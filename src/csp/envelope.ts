import { conform } from './contentModel.ts'
import { malformed } from './cspError.ts'
import { Element } from './element.ts'
import {
  discoveryRequest,
  discoveryResponse,
  type Message,
  type SessionDescriptor,
  type SessionMessage,
  type Transaction,
} from './message.ts'
import { namespaces, spokenVersion, type Version } from './versions.ts'

/** The element that holds everything else. */
export const rootName = 'WV-CSP-Message'

/** Elements inside one another; the deepest message of the protocol has about a dozen. */
export const deepestNesting = 40

/** Message, Session, Transaction, TransactionContent, primitive: down to here an element counts by its name alone. */
export const envelopeDepth = 5

/** No address of IMPS is longer. A bound, because one declaration may be looked at for every element of a message. */
const longestAddress = 200

/** The namespace that an element states when it is sent; undefined for all but the three that begin a vocabulary. */
export function namespaceOf(name: string, version: Version): string | undefined {
  if (name === rootName) return namespaces[version].session
  if (name === 'TransactionContent') return namespaces[version].transaction
  // The presence vocabulary starts at PresenceSubList and always states its namespace.
  return name === 'PresenceSubList' ? namespaces[version].presence : undefined
}

/**
 * True for a vocabulary of IMPS. Liberal, since clients misspell addresses: any host and folder before the vocabulary and
 * its version will do.
 */
export const isOfImps = (address: string): boolean =>
  address === '' ||
  (address.length <= longestAddress &&
    /wireless-?village|openmobilealliance|(?:CSP|TRC|PA)\d+(?:\.\d+)*\/?$/i.test(address))

/** The message in a root element that a codec has read. @throws NotCspError 400 for what is no CSP message */
export function readEnvelope(root: Element, version: Version | 'unsupported'): Message {
  if (root.name !== rootName) throw malformed(`the root is not ${rootName}`)
  const discovery = root.child(discoveryRequest) ?? root.child(discoveryResponse)
  if (discovery) return { kind: 'discovery', version, content: discovery }
  const session = root.child('Session')
  if (!session) throw malformed('no Session')
  const transactions = session.all('Transaction').map(readTransaction)
  const poll = session.flagOf('Poll')
  return {
    kind: 'session',
    version,
    session: readDescriptor(session.child('SessionDescriptor')),
    transactions,
    ...(poll !== undefined && { poll }),
    ...(session.flagOf('CIR') === false && { cir: 'F' as const }),
  }
}

function readDescriptor(descriptor: Element | undefined): SessionDescriptor {
  const id = descriptor?.textOf('SessionID')
  const type = descriptor?.textOf('SessionType') === 'Inband' ? 'Inband' : 'Outband'
  return { type, ...(id && { id }) }
}

/** COMPAT(Nokia S60): its tables have another name. */
const otherNames: Readonly<Record<string, string>> = { 'BlockUser-Request': 'BlockEntity-Request' }

const renamed = (primitive: Element): Element =>
  Object.hasOwn(otherNames, primitive.name) ? new Element(otherNames[primitive.name]!, primitive.children) : primitive

function readTransaction(element: Element): Transaction {
  const descriptor = element.child('TransactionDescriptor')
  const id = descriptor?.textOf('TransactionID')
  const mode = descriptor?.textOf('TransactionMode') === 'Response' ? 'Response' : 'Request'
  const primitives = element.child('TransactionContent')?.children ?? []
  // Of several requests in one transaction none would be the one that was meant: it counts as having none.
  const requests = primitives.filter(({ name }) => name.endsWith('-Request')).length
  const primitive = requests > 1 ? new Element('') : renamed(primitives[0] ?? new Element(''))
  return { mode, ...(id && { id }), primitive }
}

/** A message as the root element that a codec writes: every element in its place, none that the version does not know. */
export function writeEnvelope(message: Message): Element {
  const version = spokenVersion(message.version)
  const content = message.kind === 'session' ? session(message, version) : conform(message.content, version)
  return new Element(rootName, [content])
}

function session({ session, transactions, poll, cir }: SessionMessage, version: Version): Element {
  // 1.1 has the Poll flag in the TransactionDescriptor; only the last one says whether more is waiting.
  const inDescriptor = version === '1.1'
  const last = transactions.length - 1
  const descriptor = [new Element('SessionType', session.type), ...leaf('SessionID', session.id)]
  return new Element('Session', [
    new Element('SessionDescriptor', descriptor),
    ...transactions.map((one, index) =>
      transaction(one, version, inDescriptor ? Boolean(poll) && index === last : undefined),
    ),
    ...(inDescriptor ? [] : [...flag('Poll', poll), ...(cir ? flag('CIR', false) : [])]),
  ])
}

function transaction({ mode, id, primitive }: Transaction, version: Version, poll: boolean | undefined): Element {
  const descriptor = [new Element('TransactionMode', mode), ...leaf('TransactionID', id), ...flag('Poll', poll)]
  return new Element('Transaction', [
    new Element('TransactionDescriptor', descriptor),
    new Element('TransactionContent', [conform(primitive, version)]),
  ])
}

const leaf = (name: string, text: string | undefined): Element[] =>
  text === undefined ? [] : [new Element(name, text)]

const flag = (name: string, value: boolean | undefined): Element[] =>
  leaf(name, value === undefined ? undefined : value ? 'T' : 'F')
