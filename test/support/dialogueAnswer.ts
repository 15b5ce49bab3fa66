import { contentModels } from '../../src/csp/contentModel.ts'
import { namespaces, type Version } from '../../src/csp/versions.ts'
import { contentTypeOf, encodingOf, read } from './dialogueEncoding.ts'
import type { HttpAnswer } from './dialogueHttp.ts'
import { UnreadableAnswer, type XmlNode } from './dialogueXml.ts'

/** A transaction as it stood in an answer. */
export interface AnsweredTransaction {
  readonly mode: string
  /** Empty when there is none. */
  readonly id: string
  readonly primitive: XmlNode
}

/** An answer that has passed every check. */
export interface Answer {
  readonly isEmpty: boolean
  readonly sessionType?: string
  readonly sessionId?: string
  readonly transactions: readonly AnsweredTransaction[]
  readonly poll: boolean
  readonly cir?: string
  /** What stands beside a Session: the answer to version discovery. */
  readonly discovery?: XmlNode
  readonly root?: XmlNode
}

/** What the request of an answer was. */
export interface Asked {
  readonly version: Version
  readonly contentType?: string
  readonly transactions: readonly { readonly mode: 'Request' | 'Response'; readonly id: string }[]
}

const emptyAnswer: Answer = { isEmpty: true, transactions: [], poll: false }

/**
 * Reads an answer, and checks what holds for every one of them, whatever it is about: the HTTP head (clients.md 1, 2, 5),
 * XML (10) or WBXML (29) that the least of phones can read, version, namespaces and envelope, every element in its place and none
 * missing that must be there, and transactions that fit those that were sent (8).
 *
 * @throws UnreadableAnswer saying what is wrong
 */
export function readAnswer(http: HttpAnswer, asked: Asked): Answer {
  checkHead(http, asked)
  if (http.body.length === 0) return emptyAnswer
  const root = read(http.body, encodingOf(http.headers['content-type'] ?? ''))
  checkNamespaces(root, asked.version)
  const answer = readEnvelope(root, asked.version)
  checkTransactions(answer, asked)
  return answer
}

/** What every HTTP answer has, refusals as well. */
export function checkLength({ headers, body }: HttpAnswer): void {
  must(headers['transfer-encoding'] === undefined, 'the answer is chunked')
  must(headers['content-length'] === String(body.length), 'the answer has no fitting Content-Length')
}

/** What an HTTP answer has that holds a message, or nothing. */
export function checkHead(http: HttpAnswer, asked: Asked): void {
  checkLength(http)
  const text = http.status === 200 ? '' : `: ${http.body.toString('utf8').trim()}`
  must(http.status === 200, `the HTTP status is ${http.status}${text}`)
  const type = http.headers['content-type']
  must(type === typeOfAnswer(asked), `the content type is "${type}" instead of "${typeOfAnswer(asked)}"`)
}

/** The type of the request without its parameters; where it was none of CSP's, the version's own. */
function typeOfAnswer({ contentType = '', version }: Asked): string {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (/^application\/(vnd\.wv\.csp([.+](xml|wbxml)|\.sms)|xml)$|^text\/xml$/.test(type)) return type
  return contentTypeOf('XML', version)
}

function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new UnreadableAnswer(otherwise)
}

/** Default namespaces only, on these three elements and on no others. */
function checkNamespaces(node: XmlNode, version: Version): void {
  const due: Readonly<Record<string, string>> = {
    'WV-CSP-Message': namespaces[version].session,
    TransactionContent: namespaces[version].transaction,
    PresenceSubList: namespaces[version].presence,
  }
  must(node.xmlns === due[node.name], `<${node.name}> is in the namespace "${node.xmlns}", not "${due[node.name]}"`)
  for (const child of node.children) checkNamespaces(child, version)
}

const flag = (node: XmlNode | undefined): boolean | undefined => {
  if (!node) return undefined
  must(/^[TF]$/.test(node.text), `${node.name} is "${node.text}"`)
  return node.text === 'T'
}

const child = (node: XmlNode, name: string): XmlNode | undefined => node.children.find((one) => one.name === name)

/** The envelope's own content model (section 1.2 of the reference). The Poll flag is always sent (section 4.2). */
const envelopes = (version: Version): Readonly<Record<string, RegExp>> => ({
  Session: version === '1.1' ? /^SessionDescriptor( Transaction)+$/ : /^SessionDescriptor( Transaction)+ Poll( CIR)?$/,
  SessionDescriptor: /^SessionType( SessionID)?$/,
  Transaction: /^TransactionDescriptor TransactionContent$/,
  TransactionDescriptor:
    version === '1.1' ? /^TransactionMode( TransactionID)? Poll$/ : /^TransactionMode( TransactionID)?$/,
  TransactionContent: /^\S+$/,
})

function readEnvelope(root: XmlNode, version: Version): Answer {
  must(root.name === 'WV-CSP-Message' && root.children.length === 1, `the root is <${root.name}>`)
  const session = root.children[0]!
  if (session.name !== 'Session') {
    checkContent(session, version)
    return { isEmpty: false, transactions: [], poll: false, discovery: session, root }
  }
  checkEnvelope(session, version)
  const descriptor = child(session, 'SessionDescriptor')!
  const transactions = session.children.filter((one) => one.name === 'Transaction')
  const flags = transactions.map((one) => flag(child(child(one, 'TransactionDescriptor')!, 'Poll')))
  const sessionId = child(descriptor, 'SessionID')?.text
  must(sessionId !== '', 'the SessionID of the envelope is empty')
  return {
    isEmpty: false,
    sessionType: child(descriptor, 'SessionType')!.text,
    ...(sessionId !== undefined && { sessionId }),
    transactions: transactions.map((one) => readTransaction(one, version)),
    poll: version === '1.1' ? flags.at(-1)! : flag(child(session, 'Poll'))!,
    ...(child(session, 'CIR') && { cir: child(session, 'CIR')!.text }),
    root,
  }
}

function checkEnvelope(node: XmlNode, version: Version): void {
  const form = envelopes(version)[node.name]
  if (!form) return
  const children = node.children.map((one) => one.name).join(' ')
  must(form.test(children), `<${node.name}> holds "${children}"`)
  for (const one of node.children) checkEnvelope(one, version)
}

function readTransaction(node: XmlNode, version: Version): AnsweredTransaction {
  const descriptor = child(node, 'TransactionDescriptor')!
  const primitive = child(node, 'TransactionContent')!.children[0]!
  checkContent(primitive, version)
  return {
    mode: child(descriptor, 'TransactionMode')!.text,
    id: child(descriptor, 'TransactionID')?.text ?? '',
    primitive,
  }
}

/** Every element in the order of the content model, all mandatory ones there, none twice that stands once. */
function checkContent(node: XmlNode, version: Version, isIn?: string): void {
  const { name, children, text } = node
  const model = contentModels[version].get(name)
  if (!model) {
    must(children.length === 0, `<${name}> has elements in it, which it has not in ${version}`)
    return
  }
  // A ClientID may be plain text, and goes back as it came. In CommCap a Status is OPEN or CLOSED.
  must(text === '' || name === 'ClientID' || (name === 'Status' && isIn === 'CommC'), `<${name}> has text in it`)
  if (text !== '') return
  let position = 0
  for (const { name: due, occurs } of model) {
    const start = position
    while (children[position]?.name === due && (occurs === '*' || occurs === '+' || position === start)) position++
    const isMissing = position === start && (occurs === '1' || occurs === '+')
    must(!isMissing, `<${name}> has no <${due}>, or not in its place`)
  }
  must(position === children.length, `<${children[position]?.name}> is not due in <${name}> there (${version})`)
  for (const one of children) checkContent(one, version, name)
}

/** Answers carry the ids of what they answer, in its order; the server's own transactions a number from 1 to 999. */
function checkTransactions({ transactions, discovery }: Answer, asked: Asked): void {
  if (discovery) return
  const due = asked.transactions.filter(({ mode }) => mode === 'Request').map(({ id }) => id)
  let next = 0
  for (const { mode, id } of transactions) {
    if (mode === 'Request') {
      must(/^[1-9]\d{0,2}$/.test(id), `the server's own TransactionID is "${id}"`)
      continue
    }
    must(mode === 'Response', `the TransactionMode is "${mode}"`)
    // Of several, any may have had no answer of its own (a poll); a refused acknowledgement is told as well.
    const found = due.indexOf(id, next)
    if (found >= 0) next = found + 1
    else
      must(
        asked.transactions.some((one) => one.id === id),
        `the TransactionID "${id}" was not asked`,
      )
  }
}
