import { CspError, NotCspError } from './csp/cspError.ts'
import type { SessionDescriptor, SessionMessage, Transaction } from './csp/message.ts'
import { spokenVersion, type Version } from './csp/versions.ts'
import { acknowledge, acknowledgeFetched } from './delivery/acknowledging.ts'
import { cirFlag } from './delivery/cir.ts'
import { isMoreWaiting, nextTransactions, tidy } from './delivery/delivery.ts'
import { lookForNews } from './groups/news.ts'
import { lookForMail } from './messaging/ringing.ts'
import { tellDisconnect } from './session/disconnect.ts'
import { type LiveSession, openSession, SessionOver } from './session/liveSession.ts'
import { isAgreed, offeredFunctions, requireAgreed, serviceOf } from './session/offered.ts'
import { type Binding, parserSizeOf } from './session/session.ts'
import { transactions as known, servedFunctions } from './transactions/index.ts'
import { type Answer, type Context, status, type TransactionDefinition } from './transactions/transaction.ts'
import type { Village } from './village.ts'

/** How a message reached the service. */
export interface Arrival {
  readonly binding: Binding
  readonly source: string
  /** On a narrow address: the primitives it takes. */
  readonly only?: ReadonlySet<string>
  /** Bytes that an answer has in the encoding of the request. */
  readonly size: (message: SessionMessage) => number
}

/**
 * Answers a message: each request with its own answer, together in one message (clients.md 8); an acknowledgement with
 * the next server transaction, if there is one.
 *
 * @returns undefined when there is nothing to say: an idle poll, an acknowledgement
 * @throws NotCspError for a message without any transaction
 */
export async function answerMessage(
  village: Village,
  message: SessionMessage,
  arrival: Arrival,
): Promise<SessionMessage | undefined> {
  if (message.transactions.length === 0) throw new NotCspError(400, 'Not a CSP message: no Transaction')
  const conversation = new Conversation(village, message, arrival)
  const answers = await conversation.answers()
  await conversation.touch()
  return answers.length === 0 ? undefined : conversation.envelope(answers)
}

/** One message being answered: the session is opened once, by the first transaction that needs it. */
class Conversation {
  readonly #village: Village
  readonly #message: SessionMessage
  readonly #arrival: Arrival
  readonly #version: Version
  readonly #offered: ReadonlySet<string>
  #live: LiveSession | undefined
  #descriptor: SessionDescriptor
  #isWaiting = false
  /** Answers that can be told in less. */
  readonly #smaller = new Map<Transaction, Transaction>()

  constructor(village: Village, message: SessionMessage, arrival: Arrival) {
    this.#village = village
    this.#message = message
    this.#arrival = arrival
    this.#version = spokenVersion(message.version)
    this.#offered = offeredFunctions(servedFunctions, this.#version, village.settings)
    this.#descriptor = message.session
  }

  async answers(): Promise<Transaction[]> {
    const { transactions } = this.#message
    const error = this.#tooMuch(transactions)
    if (error) return this.#sent(transactions[0]!, this.#refuse(transactions[0]!, error))
    const answers: Transaction[] = []
    for (const transaction of transactions) answers.push(...(await this.#answer(transaction)))
    return answers
  }

  #tooMuch(transactions: readonly Transaction[]): CspError | undefined {
    const most = this.#village.settings.transactionsPerMessageMax
    if (transactions.length > most) return new CspError(400, `More than ${most} transactions in one message`)
    // Checking a password costs a fraction of a second: one message is one guess.
    const logins = transactions.filter(({ primitive }) => primitive.name === 'Login-Request')
    return logins.length > 1 ? new CspError(400, 'More than one Login-Request in one message') : undefined
  }

  /** S1: whatever the request was, it kept the session alive. The answer stands even if that cannot be stored. */
  async touch(): Promise<void> {
    if (!this.#live || this.#live.isOver) return
    try {
      // What was acknowledged beside a request, or by one, is not sent again.
      if (this.#live.hasSettled) await tidy(this.#live)
      else await this.#live.touch()
      // A bell that was lost, when the call died that had to ring it, is made good.
      if (this.#live.isStored && !this.#live.hasLooked && this.#live.session.bell === undefined)
        this.#isWaiting = (await lookForMail(this.#village, this.#live.session, false)) || this.#isWaiting
      if (this.#live.isStored && !this.#live.logs)
        this.#isWaiting = (await lookForNews(this.#village, this.#live.session)) || this.#isWaiting
    } catch (error) {
      if (!(error instanceof CspError)) this.#village.log.error('touch failed', error)
    }
  }

  envelope(answers: readonly Transaction[]): SessionMessage {
    const live = this.#live && !this.#live.isOver ? this.#live : undefined
    const poll = this.#isWaiting || (live !== undefined && isMoreWaiting(live, this.#village.now()))
    const cir = live && cirFlag(live.session, this.#village.cirMethods)
    const message: SessionMessage = {
      kind: 'session',
      version: this.#version,
      session: this.#descriptor,
      transactions: answers,
      poll,
      ...(cir && { cir }),
    }
    if (this.#fits(message)) return message
    const smaller: SessionMessage = { ...message, transactions: answers.map((one) => this.#smaller.get(one) ?? one) }
    return this.#fits(smaller) ? smaller : { ...message, transactions: answers.map(tooLarge) }
  }

  /** An answer that the client cannot parse would be as good as none (432). */
  #fits(message: SessionMessage): boolean {
    const parserSize = this.#live && parserSizeOf(this.#live.session)
    return parserSize === undefined || this.#arrival.size(message) <= parserSize
  }

  /** Every error is told here, and only here. */
  async #answer(transaction: Transaction): Promise<Transaction[]> {
    try {
      return this.#sent(transaction, await this.#carryOutOrTell(transaction))
    } catch (error) {
      return this.#sent(transaction, this.#refuse(transaction, this.#asCspError(transaction, error)))
    }
  }

  /** A session that the server has disconnected learns so at its next poll, once. */
  async #carryOutOrTell(transaction: Transaction): Promise<Answer> {
    try {
      return await this.#carryOut(transaction)
    } catch (error) {
      const isPoll = error instanceof SessionOver && transaction.primitive.name === 'Polling-Request'
      const disconnect = isPoll ? await tellDisconnect(this.#village, error.session) : undefined
      if (!disconnect) throw error
      return { serverTransactions: [disconnect] }
    }
  }

  async #carryOut(transaction: Transaction): Promise<Answer> {
    const { only } = this.#arrival
    const { mode, primitive } = transaction
    if (only && mode === 'Request' && !only.has(primitive.name))
      throw new CspError(405, `This address takes ${[...only].join(' and ')} only`)
    if (only && mode === 'Response' && !only.has('Polling-Request'))
      throw new CspError(405, 'This address takes no acknowledgements')
    if (this.#message.version === 'unsupported') throw new CspError(505)
    if (mode === 'Request') return this.#requested(transaction)
    const answered = this.#definitionOf(primitive.name)?.answers
    if (answered === undefined) return this.#acknowledged(transaction)
    // COMPAT(LWB 050): an answer to what was asked long ago is a request of its own, in mode Response.
    if (only && !only.has(primitive.name)) throw new CspError(405, `This address takes ${[...only].join(' and ')} only`)
    if (transaction.id !== undefined)
      await acknowledge(this.#village, await this.#open(), transaction.id, primitive, answered)
    return this.#requested(transaction)
  }

  async #requested({ primitive, id }: Transaction): Promise<Answer> {
    const definition = this.#definitionOf(primitive.name)
    // S1: within a session even what does not exist is a request of that session.
    const live = this.#needsSession(definition) ? await this.#open() : undefined
    if (primitive.name === '') throw new CspError(400, 'A TransactionContent holds one primitive')
    if (!definition) throw new CspError(501)
    const service = serviceOf(definition, this.#version)
    if (live && !isAgreed(service, live.session)) await live.readStrongly()
    requireAgreed(service, live?.session, this.#offered)
    const missing = definition.requires.find((name) => !primitive.child(name))
    if (missing) throw new CspError(400, `${primitive.name} has no ${missing}`)
    return definition.handle({ ...this.#context(primitive, id), ...(live && { live }) })
  }

  #needsSession(definition: TransactionDefinition | undefined): boolean {
    const kind = definition?.session ?? 'either'
    return kind === 'live' || (kind === 'either' && this.#message.session.id !== undefined)
  }

  /** The answer to acknowledgements, and nothing else, carries what comes next. */
  async #acknowledged(transaction: Transaction): Promise<Answer> {
    const live = await this.#open()
    const { primitive, id } = transaction
    const isKnown = id !== undefined && (await acknowledge(this.#village, live, id, primitive))
    // COMPAT(LWB 068): a message that the client has fetched is acknowledged by a transaction of its own, drawn as an answer.
    if (!isKnown && (await acknowledgeFetched(this.#village, live, primitive))) return status(200)
    const { transactions } = this.#message
    const isLast = transaction === transactions.at(-1) && transactions.every(({ mode }) => mode === 'Response')
    return { serverTransactions: isLast ? await nextTransactions(this.#village, live) : [] }
  }

  async #open(): Promise<LiveSession> {
    const { session } = this.#message
    this.#live ??= await openSession(this.#village, session.id, this.#arrival.binding, this.#version)
    if (this.#live.isOver) throw new CspError(604)
    return this.#live
  }

  #definitionOf(name: string): TransactionDefinition | undefined {
    const definition = known.get(name)
    return definition?.versions.includes(this.#version) ? definition : undefined
  }

  #context(request: Transaction['primitive'], transactionId?: string): Context {
    const { binding, source } = this.#arrival
    const descriptor = this.#message.session
    return {
      village: this.#village,
      request,
      ...(transactionId !== undefined && { transactionId }),
      version: this.#version,
      descriptor,
      binding,
      source,
      offered: this.#offered,
    }
  }

  /** What is no refusal of ours is logged, and told as 500 without a word of what it was. */
  #asCspError({ primitive }: Transaction, error: unknown): CspError {
    if (error instanceof CspError) return error
    const name = known.has(primitive.name) ? primitive.name : 'other'
    this.#village.log.error('transaction failed', error, { primitive: name })
    this.#village.log.metric('ServerError')
    return new CspError(500)
  }

  #refuse({ primitive }: Transaction, error: CspError): Answer {
    const refuse = this.#definitionOf(primitive.name)?.refuse
    return refuse ? refuse(this.#context(primitive), error) : status(error.code, error.message, error.details)
  }

  #sent({ id }: Transaction, answer: Answer): Transaction[] {
    const { primitive, smaller, serverTransactions = [], descriptor, waiting } = answer
    if (descriptor) this.#descriptor = descriptor
    if (waiting) this.#isWaiting = true
    if (!primitive) return [...serverTransactions]
    const sent: Transaction = { mode: 'Response', ...(id !== undefined && { id }), primitive }
    if (smaller) this.#smaller.set(sent, { ...sent, primitive: smaller })
    return [sent]
  }
}

const tooLarge = (transaction: Transaction): Transaction =>
  transaction.mode === 'Response' ? { ...transaction, primitive: status(432).primitive! } : transaction
