import { highestVersion, namespaces, type Version } from '../../src/csp/versions.ts'
import { type Answer, type Asked, checkLength, readAnswer } from './dialogueAnswer.ts'
import { exchange, type HttpAnswer, type HttpRequest } from './dialogueHttp.ts'
import { type Difference, difference } from './dialogueMatch.ts'
import { type Descriptor, type SentTransaction, writeDiscovery, writeMessage } from './dialogueMessage.ts'
import { Operator } from './dialogueOperator.ts'
import { bearerHeader, sourceHeader, type World } from './dialogueWorld.ts'
import { asOutline, readStrictly, UnreadableAnswer, type XmlNode } from './dialogueXml.ts'
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

interface Sent {
  readonly line: Line
  readonly request: HttpRequest
  readonly asked: Asked
  readonly descriptor: Descriptor
}

/** A conversation between the clients of a script and the service; every method is a sentence of the script. */
export class Dialogue {
  readonly version: Version
  readonly world: World
  readonly operator: Operator
  readonly values: Values
  readonly #transcript: string[] = []
  readonly #counters = new Map<string, number>()
  readonly #secrets = new Set<string>()
  #sent: Sent | undefined
  readonly #lastSentBy = new Map<string, Sent>()
  #http: HttpAnswer | undefined
  #isLookedAt = true

  constructor(world: World, version: Version) {
    this.world = world
    this.version = version
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
    const xml = this.#writing(line, () =>
      discovery
        ? writeDiscovery(version, discovery, this.values)
        : writeMessage(version, descriptor, transactions, this.values),
    )
    const asked = transactions.map(({ mode, id }) => ({ mode, id: id?.trim() ?? '' }))
    await this.#post(line, who, Buffer.from(xml), manner, discovery ? [] : asked, descriptor)
  }

  /** A body as it stands in the script, whatever it is. What it asks can be read out of it where it is XML at all. */
  async posts(line: Line, who: string, body: Uint8Array, manner: Manner): Promise<void> {
    const { transactions, descriptor } = guess(Buffer.from(body).toString('latin1'))
    await this.#post(line, who, body, manner, transactions, descriptor)
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

  async #post(
    line: Line,
    who: string,
    body: Uint8Array,
    manner: Manner,
    transactions: Asked['transactions'],
    descriptor: Descriptor,
  ): Promise<void> {
    const version = manner.version ?? this.version
    const usual = version === '1.3' ? 'application/vnd.wv.csp+xml' : 'application/vnd.wv.csp.xml'
    const contentType = manner.contentType ?? usual
    const headers = {
      ...(contentType && { 'Content-Type': contentType }),
      ...(manner.source && { [sourceHeader]: manner.source }),
      ...(manner.bearer && { [bearerHeader]: manner.bearer }),
    }
    const request = { method: 'POST', path: manner.path ?? '/', headers, body }
    await this.#exchange(line, who, { line, request, asked: { version, contentType, transactions }, descriptor })
  }

  async #exchange(line: Line, who: string, sent: Sent): Promise<void> {
    if (!this.#isLookedAt) throw this.#failure(line, 'the script has not looked at the answer before')
    const { request } = sent
    this.note(`${line.file}:${line.number}: ${who} → ${request.method} ${request.path}`)
    this.note(readable(request.body))
    this.#sent = sent
    this.#lastSentBy.set(who, sent)
    this.#http = await exchange(this.world.url, this.world.agent, request)
    this.#isLookedAt = false
    const { status, body } = this.#http
    this.note(`service → ${status}${body.length > 0 ? '' : ', empty'}`)
    this.note(readable(body))
    for (const [, id = ''] of body.toString('utf8').matchAll(/<SessionID>([^<]+)</g)) this.keepSecret(id)
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

  #writing(line: Line, write: () => string): string {
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
      return ''
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
function guess(xml: string): { transactions: Asked['transactions']; descriptor: Descriptor } {
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

/** A body for a person to read. */
function readable(body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8')
  let lines: string[]
  try {
    lines = asOutline(readStrictly(text))
  } catch {
    lines = text.slice(0, 2000).split('\n')
  }
  return lines.map((line) => `    ${line}`).join('\n')
}
