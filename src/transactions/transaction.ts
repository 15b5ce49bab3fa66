import type { CspError } from '../csp/cspError.ts'
import { type ContentTree, type Element, element } from '../csp/element.ts'
import type { SessionDescriptor, Transaction } from '../csp/message.ts'
import type { StatusCode } from '../csp/statusCodes.ts'
import { statusDescriptions } from '../csp/statusCodes.ts'
import { versions as allVersions, type Version } from '../csp/versions.ts'
import type { LiveSession } from '../session/liveSession.ts'
import type { Binding } from '../session/session.ts'
import type { Village } from '../village.ts'

/** What a transaction knows when it is carried out. */
export interface Context {
  readonly village: Village
  /** The primitive that was received. */
  readonly request: Element
  /** As the client chose it; absent when it is empty. */
  readonly transactionId?: string
  readonly version: Version
  /** Of the message that was received. */
  readonly descriptor: SessionDescriptor
  readonly binding: Binding
  /** The address that the request came from; only ever compared. */
  readonly source: string
  /** Service codes on offer in this version. */
  readonly offered: ReadonlySet<string>
}

export interface LiveContext extends Context {
  readonly live: LiveSession
}

export interface MaybeLiveContext extends Context {
  readonly live?: LiveSession
}

/** The answer of a transaction: a primitive, or server transactions (to a poll), or nothing. */
export interface Answer {
  readonly primitive?: Element
  /** What is said instead to a client that cannot parse so much: what was done is done, and is no error (432). */
  readonly smaller?: Element
  readonly serverTransactions?: readonly Transaction[]
  /** Where it is not that of the request. */
  readonly descriptor?: SessionDescriptor
  /** True when something waits for the session that was not there before: the Poll flag. */
  readonly waiting?: boolean
}

/** The one anatomy of every transaction that a client opens. */
export interface TransactionDefinition<Given extends Context = Context> {
  /** The name of the request, as on the wire. */
  readonly request: string
  readonly versions: readonly Version[]
  /**
   * The service code that has to be agreed, if any: the service tree is derived from these. With versions: from which on
   * it holds.
   */
  readonly service?: string | Partial<Record<Version, string>>
  /** The kind of server transaction that some clients answer by it, in mode Response (clients.md 18). */
  readonly answers?: string
  /** `live`: only within a session; `none`: outside; `either`: within one if the message names one. */
  readonly session: 'none' | 'live' | 'either'
  /** Children without which the request makes no sense: 400. */
  readonly requires: readonly string[]
  readonly handle: (context: Given) => Promise<Answer>
  /** How an error is told, where that is not by a Status. */
  readonly refuse?: (context: Context, error: CspError) => Answer
}

type Sketch<Given extends Context> = Pick<TransactionDefinition<Given>, 'request' | 'service' | 'handle' | 'refuse'> &
  Partial<Pick<TransactionDefinition<Given>, 'versions' | 'requires' | 'answers'>>

export function transaction(sketch: Sketch<LiveContext> & { session: 'live' }): TransactionDefinition
export function transaction(sketch: Sketch<MaybeLiveContext> & { session: 'either' }): TransactionDefinition
export function transaction(sketch: Sketch<Context> & { session: 'none' }): TransactionDefinition
/** Defines a transaction; without `versions` it exists in all. */
export function transaction(
  sketch: Sketch<never> & { session: TransactionDefinition['session'] },
): TransactionDefinition {
  return { versions: allVersions, requires: [], ...sketch } as TransactionDefinition
}

export const answer = (name: string, content?: ContentTree): Answer => ({ primitive: element(name, content) })

/** A Result element's content: code, description and, for several things at once, what of them failed. */
export const result = (
  code: StatusCode,
  description: string = statusDescriptions[code],
  details: readonly ContentTree[] = [],
): ContentTree => ({
  Code: code,
  Description: description,
  ...(details.length > 0 && { DetailedResult: details }),
})

/** A Status primitive. */
export const status = (code: StatusCode, description?: string, details?: readonly ContentTree[]): Answer =>
  answer('Status', { Result: result(code, description, details) })
