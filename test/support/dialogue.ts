import { highestVersion, namespaces, type Version } from '../../src/csp/versions.ts'
import { type Answer, type Asked, checkHead, checkLength, readAnswer } from './dialogueAnswer.ts'
import { contentTypeOf, type Encoding, encodingOf, read, write } from './dialogueEncoding.ts'
import { exchange, type HttpAnswer, type HttpRequest } from './dialogueHttp.ts'
import { type Difference, difference, textMatches } from './dialogueMatch.ts'
import { type Descriptor, discoveryOf, messageOf, type SentTransaction } from './dialogueMessage.ts'
import { Operator } from './dialogueOperator.ts'
import { bearerHeader, sourceHeader, type World } from './dialogueWorld.ts'
import { asOutline, UnreadableAnswer, type XmlNode } from './dialogueXml.ts'
import type { Sketch } from './scriptElements.ts'
import type { Line } from './scriptOutline.ts'
import { evaluate, UnknownValue, type Values } from './scriptValues.ts'

/** How a message is sent. Texts are templates of the script. */
export interface Manner {
  readonly path?: string
  readonly source?: string
  readonly bearer?: string
  /** Absent: the version's own. Empty: none at all. */
  readonly contentType?: string
  readonly version?: Version
  /** Absent: that of the dialogue. */
  readonly encoding?: 'XML' | 'WBXML'
  readonly session?: string
  /** Where it is not what goes with `session`. */
  readonly sessionType?: Descriptor['type']
}

/** A transaction to be sent: its id a template, left out when undefined, the client's next number by `'next'`. */
export interface Opening {
  readonly mode: 'Request' | 'Response'
  readonly id: string | undefined
  readonly primitive: Sketch
}

/** A transaction that is due in an answer. */
export interface Due {
  readonly mode: 'Request' | 'Response'
  /** A template; undefined is that of the request. */
  readonly id?: string
  readonly primitive: Sketch
}

/** What else is due in an answer. */
export interface DueEnvelope {
  /** Absent: either. */
  readonly poll?: boolean
  readonly cir?: string
  readonly session?: string
  readonly sessionType?: string
  readonly version?: Version
}

/** An answer that is not what its script says. The message holds the dialogue up to there. */
export class DialogueFailure extends Error {
  constructor(dialogue: string, why: string) {
    super(`\n${dialogue}\n\n${why}\n`)
    this.name = 'DialogueFailure'
    // Where in the runner it was found tells a reader of scripts nothing.
    this.stack = `${this.name}: ${this.message}`
  }
}

/** What a message says that is sent, as far as its answer depends on it. */
interface Told {
  readonly transactions: Asked['transactions']
  readonly descriptor: Descriptor
  /** For a person to read; absent where the bytes are a text themselves. */
  readonly outline?: readonly string[]
}

interface Sent extends Pick<Told, 'descriptor' | 'outline'> {
  readonly line: Line
  readonly request: HttpRequest
  readonly asked: Asked
}

/** A conversation between the clients of a script and the service; every method is a sentence of the script. */
export class Dialogue {
  readonly version: Version
  readonly encoding: 'XML' | 'WBXML'
  readonly world: World
  readonly operator: Operator
  readonly values: Values
  readonly #title: string
  readonly #transcript: string[] = []
  readonly #counters = new Map<string, number>()
  readonly #secrets = new Set<string>()
  #sent: Sent | undefined
  readonly #lastSentBy = new Map<string, Sent>()
  #http: HttpAnswer | undefined
  #isLookedAt = true

  constructor(world: World, version: Version, encoding: 'XML' | 'WBXML', title: string) {
    this.#title = title
    this.world = world
    this.version = version
    this.encoding = encoding
    this.operator = new Operator(world)
    const { session, transaction, presence } = namespaces[version]
    this.values = new Map(Object.entries({ csp: session, trc: transaction, pa: presence }))
  }

  note(text: string): void {
    this.#transcript.push(text)
  }

  /** Nothing that is a secret may be found in the log: passwords and SessionIDs (R3). */
  keepSecret(text: string): void {
    if (text.length >= 6) this.#secrets.add(text)
  }

  value(line: Line, template: string): string {
    try {
      return evaluate(template, this.values)
    } catch (error) {
      if (error instanceof UnknownValue) throw this.#failure(line, error.message)
      throw error
    }
  }

  async sends(line: Line, who: string, openings: readonly Opening[], manner: Manner): Promise<void> {
    const version = manner.version ?? this.version
    const transactions = openings.map((one): SentTransaction => ({ ...one, id: this.#idOf(line, who, one.id) }))
    const descriptor = this.#descriptor(line, manner)
    const discovery = openings[0]!.primitive.name.startsWith('WV-CSP-') ? openings[0]!.primitive : undefined
    const root = this.#writing(line, () =>
      discovery
        ? discoveryOf(version, discovery, this.values)
        : messageOf(version, descriptor, transactions, this.values),
    )
    const encoding = manner.encoding ?? this.encoding
    const asked = transactions.map(({ mode, id }) => ({ mode, id: id?.trim() ?? '' }))
    const contentType = manner.contentType ?? contentTypeOf(encoding, version)
    const told = { transactions: discovery ? [] : asked, descriptor, outline: asOutline(root) }
    // Each line of a script has its own way to write WBXML, the same at every run.
    const body = write(root, encoding, version, `${this.#title} ${line.number} ${asked[0]!.id}`)
    await this.#post(line, who, body, { ...manner, contentType }, told)
  }

  /** A line of plain text (PTS), as it is on the wire. */
  async writes(line: Line, who: string, text: string, manner: Manner): Promise<void> {
    const contentType = contentTypeOf('PTS', this.version)
    const body = Buffer.from(this.value(line, text))
    await this.#post(line, who, body, { ...manner, contentType }, { transactions: [], descriptor: { type: 'Outband' } })
  }

  /** A body as it stands in the script, whatever it is. What it asks can be read out of it where it is XML at all. */
  async posts(line: Line, who: string, body: Uint8Array, manner: Manner): Promise<void> {
    await this.#post(line, who, body, manner, guess(Buffer.from(body).toString('latin1')))
  }

  async does(line: Line, who: string, method: string, path: string): Promise<void> {
    await this.#exchange(line, who, {
      request: { method, path, headers: {}, body: new Uint8Array() },
      asked: { version: this.version, transactions: [] },
      descriptor: { type: 'Outband' },
      line,
    })
  }

  /** The very same bytes that this client has sent last: it has missed the answer. */
  async repeats(line: Line, who: string): Promise<void> {
    const sent = this.#lastSentBy.get(who)
    if (!sent) throw this.#failure(line, `${who} has sent nothing that could be repeated`)
    await this.#exchange(line, who, { ...sent, line })
  }

  isLost(line: Line): void {
    this.#look(line)
    this.note('    (the answer is lost)')
  }

  answersNothing(line: Line): void {
    const answer = this.#answer(line)
    if (!answer.isEmpty) throw this.#differs(line, 'nothing', answer.transactions[0]?.primitive.name ?? 'something')
  }

  answersDiscovery(line: Line, due: Sketch, version?: Version): void {
    const { discovery } = this.#answer(line, version)
    if (!discovery) throw this.#differs(line, due.name, 'something else')
    this.#compare(line, due, discovery)
  }

  answers(line: Line, due: readonly Due[], envelope: DueEnvelope): void {
    const answer = this.#answer(line, envelope.version)
    if (answer.isEmpty) throw this.#differs(line, due[0]!.primitive.name, 'nothing')
    if (answer.discovery) throw this.#differs(line, due[0]!.primitive.name, answer.discovery.name)
    const { transactions } = answer
    const names = (all: readonly string[]) => `${all.length} transactions (${all.join(', ')})`
    for (const [index, one] of due.entries()) {
      const found = transactions[index]
      if (!found) break
      this.#compare(one.primitive.line, one.primitive, found.primitive)
      if (found.mode !== one.mode) throw this.#differs(one.primitive.line, `mode ${one.mode}`, `mode ${found.mode}`)
      this.#compareId(one, found.id, index)
    }
    if (transactions.length !== due.length) {
      const expected = names(due.map((one) => one.primitive.name))
      throw this.#differs(line, expected, names(transactions.map((one) => one.primitive.name)))
    }
    this.#compareEnvelope(line, envelope, answer)
  }

  /** Plain text (PTS) as it is on the wire. */
  answersText(line: Line, due: string): void {
    const http = this.#look(line)
    this.#checking(line, () => checkHead(http, this.#sent!.asked))
    const found = http.body.toString('utf8')
    let fits = false
    this.#writing(line, () => {
      fits = textMatches(due, found, this.values)
    })
    if (!fits) throw this.#differs(line, due, found || 'nothing')
  }

  refuses(line: Line, status: number): void {
    const http = this.#look(line)
    const text = http.body.toString('utf8')
    if (http.status !== status)
      throw this.#differs(line, `HTTP ${status}`, `HTTP ${http.status}: ${text.slice(0, 300)}`)
    this.#checking(line, () => checkLength(http))
    if (!/^text\/plain/.test(http.headers['content-type'] ?? ''))
      throw this.#differs(line, 'plain text', String(http.headers['content-type']))
    if (text.trim() === '' || /\n\s*at |Error:|node:|\.ts\b/.test(text))
      throw this.#differs(line, 'a sentence that says why', JSON.stringify(text))
  }

  is(line: Line, left: string, same: boolean, right: string): void {
    const [a, b] = [this.value(line, left), this.value(line, right)]
    if ((a === b) !== same) throw this.#differs(line, `${left} ${same ? 'is' : 'is not'} ${right}`, `${a} and ${b}`)
  }

  async isKeptFor(line: Line, session: string, seconds: number | undefined): Promise<void> {
    const found = await this.operator.keptFor(this.value(line, session))
    if (found !== seconds) throw this.#differs(line, `kept for ${seconds ?? 'no'} s`, `kept for ${found ?? 'no'} s`)
  }

  async isAnswered(line: Line, user: string, id: string, text: string | undefined): Promise<void> {
    const found = await this.operator.answerOf(user, id)
    if (found !== text) throw this.#differs(line, text ?? 'no answer', found ?? 'no answer')
  }

  /** What no sentence asks for and every dialogue must keep to. */
  ends(line: Line): void {
    if (!this.#isLookedAt) throw this.#failure(line, 'the script ends without a look at the last answer')
    const error = this.world.log.find(({ level }) => level === 'error')
    if (error) throw this.#failure(line, `the service has logged an error: ${error.text}`)
    for (const secret of this.#secrets) {
      const found = this.world.log.find(({ text }) => text.includes(secret))
      if (found) throw this.#failure(line, `the log holds a secret (R3): ${found.text}`)
    }
  }

  async #post(line: Line, who: string, body: Uint8Array, manner: Manner, told: Told): Promise<void> {
    const version = manner.version ?? this.version
    const contentType = manner.contentType ?? contentTypeOf('XML', version)
    const headers = {
      ...(contentType && { 'Content-Type': contentType }),
      ...(manner.source && { [sourceHeader]: manner.source }),
      ...(manner.bearer && { [bearerHeader]: manner.bearer }),
    }
    const request = { method: 'POST', path: manner.path ?? '/', headers, body }
    const { transactions, descriptor, outline } = told
    await this.#exchange(line, who, {
      line,
      request,
      asked: { version, contentType, transactions },
      descriptor,
      outline,
    })
  }

  async #exchange(line: Line, who: string, sent: Sent): Promise<void> {
    if (!this.#isLookedAt) throw this.#failure(line, 'the script has not looked at the answer before')
    const { request } = sent
    this.note(`${line.file}:${line.number}: ${who} → ${request.method} ${request.path}`)
    this.note(indented(sent.outline ?? readable(request.body, 'XML')))
    this.#sent = sent
    this.#lastSentBy.set(who, sent)
    this.#http = await exchange(this.world.url, this.world.agent, request)
    this.#isLookedAt = false
    const { status, body, headers } = this.#http
    this.note(`service → ${status}${body.length > 0 ? '' : ', empty'}`)
    const lines = readable(body, encodingOf(headers['content-type'] ?? ''))
    this.note(indented(lines))
    for (const line of lines)
      for (const [, id = ''] of line.matchAll(/(?:<SessionID>|^ *SessionID |\bSI=)([^\s<]+)/g)) this.keepSecret(id)
  }

  #look(line: Line): HttpAnswer {
    if (!this.#http || this.#isLookedAt) throw this.#failure(line, 'there is no new answer to look at')
    this.#isLookedAt = true
    return this.#http
  }

  #answer(line: Line, version?: Version): Answer {
    const http = this.#look(line)
    return this.#checking(line, () => readAnswer(http, { ...this.#sent!.asked, ...(version && { version }) }))
  }

  #checking<Result>(line: Line, check: () => Result): Result {
    try {
      return check()
    } catch (error) {
      if (error instanceof UnreadableAnswer) throw this.#failure(line, error.message)
      throw error
    }
  }

  #writing<Result>(line: Line, write: () => Result): Result {
    try {
      return write()
    } catch (error) {
      if (error instanceof UnknownValue) throw this.#failure(line, error.message)
      throw error
    }
  }

  #compare(line: Line, due: Sketch, found: XmlNode): void {
    let differing: Difference | undefined
    this.#writing(line, () => {
      differing = difference(due, found, this.values)
    })
    if (differing) throw this.#differs(differing.line, differing.expected, differing.found)
  }

  #compareId({ id, mode, primitive: { line } }: Due, found: string, index: number): void {
    const asked = this.#sent!.asked.transactions
    if (id === '*') return
    if (id === undefined) {
      // Alone it answers what was asked; of several the order has been checked already.
      if (mode === 'Response' && asked.length === 1 && found !== asked[0]!.id)
        throw this.#differs(line, `TransactionID ${asked[0]!.id}`, `TransactionID ${found} (${index + 1}.)`)
      return
    }
    const name = /^\$(\w+)$/.exec(id)?.[1]
    if (name && !this.values.has(name)) this.values.set(name, found)
    const due = this.value(line, id)
    if (due !== found) throw this.#differs(line, `TransactionID ${due}`, `TransactionID ${found || '(none)'}`)
  }

  #compareEnvelope(line: Line, due: DueEnvelope, answer: Answer): void {
    const { descriptor } = this.#sent!
    const type = due.sessionType ?? (due.session ? 'Inband' : descriptor.type)
    if (answer.sessionType !== type) throw this.#differs(line, type, String(answer.sessionType))
    const session = due.session
      ? this.value(line, due.session)
      : due.sessionType
        ? undefined
        : descriptor.id || undefined
    if (answer.sessionId !== session)
      throw this.#differs(line, `SessionID ${session ?? '(none)'}`, `SessionID ${answer.sessionId ?? '(none)'}`)
    const flags = ({ poll = answer.poll, cir }: Pick<DueEnvelope, 'poll' | 'cir'>) =>
      `Poll ${poll ? 'T' : 'F'}, CIR ${cir ?? '(none)'}`
    if (flags(due) !== flags(answer)) throw this.#differs(line, flags(due), flags(answer))
  }

  #idOf(line: Line, who: string, id: string | undefined): string | undefined {
    if (id !== 'next') return id === undefined ? undefined : this.value(line, id)
    const next = ((this.#counters.get(who) ?? 0) % 999) + 1
    this.#counters.set(who, next)
    return String(next)
  }

  #descriptor(line: Line, { session, sessionType }: Manner): Descriptor {
    if (session === undefined) return { type: sessionType ?? 'Outband' }
    return { type: sessionType ?? 'Inband', id: this.value(line, session) }
  }

  #differs(line: Line, expected: string, found: string): DialogueFailure {
    return this.#failure(line, `expected  ${expected}\n    found     ${found}`)
  }

  #failure({ file, number, text }: Line, why: string): DialogueFailure {
    const errors = this.world.log.filter(({ level }) => level === 'error').map(({ text }) => `service logs: ${text}`)
    const dialogue = [...this.#transcript, ...errors].join('\n')
    return new DialogueFailure(dialogue, `${file}:${number} in ${this.version}: ${text}\n    ${why}`)
  }
}

/** A version that an answer can be given in when the request's own is not spoken. */
export const newestVersion: Version = highestVersion

/** What a raw body asks, as far as it can be seen. */
function guess(xml: string): Told {
  const text = (element: string, of = xml) => new RegExp(`<(?:\\w+:)?${element}>([^<]*)</`).exec(of)?.[1]?.trim()
  const transactions = xml
    .split(/<(?:\w+:)?Transaction[\s>]/)
    .slice(1)
    .map((part) => ({
      mode: text('TransactionMode', part) === 'Response' ? ('Response' as const) : ('Request' as const),
      id: text('TransactionID', part) ?? '',
    }))
  const type = text('SessionType') === 'Inband' ? 'Inband' : 'Outband'
  const id = text('SessionID', xml.split('</SessionDescriptor')[0])
  return { transactions, descriptor: { type, ...(id && { id }) } }
}

/** A body for a person to read, in lines. */
function readable(body: Uint8Array, encoding: Encoding): readonly string[] {
  try {
    return asOutline(read(body, encoding))
  } catch {
    const text = encoding === 'WBXML' ? Buffer.from(body).toString('hex') : Buffer.from(body).toString('utf8')
    return text.slice(0, 2000).split('\n')
  }
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`).join('\n')
