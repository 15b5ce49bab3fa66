import { CspError } from '../csp/cspError.ts'
import { type Content, type ContentTree, element } from '../csp/element.ts'
import type { StatusCode } from '../csp/statusCodes.ts'
import { type Answer, answer, result } from './transaction.ts'

/** Refusals of the service itself, whatever was asked for: a Status tells them, where a primitive has its own answer. */
export const isOfService = (code: StatusCode): boolean => [403, 405, 500, 501, 503, 505, 506, 604].includes(code)

/** A Result without what of several things failed. */
export const withoutDetails = ({ Code, Description }: ContentTree): ContentTree => ({ Code, Description })

/** A primitive with a Result, and the same in less for a client that cannot parse so much: what was done is done. */
export const briefly = (name: string, Result: ContentTree): Answer => ({
  ...answer(name, { Result }),
  smaller: element(name, { Result: withoutDetails(Result) }),
})

/** What a DetailedResult can name. */
const entities = ['UserID', 'GroupID', 'ScreenName', 'MessageID', 'ContactList', 'Domain'] as const
type Entity = (typeof entities)[number]

/**
 * The outcome of a transaction on several users or contact lists: each may fail by itself. All went well: 200. Some did:
 * 201, with a DetailedResult for each code that lists whom it befell. None did: 900 with the same, or the code alone
 * where a single one was named.
 */
export class Outcome {
  #succeeded = 0
  readonly #failures = new Map<StatusCode, Partial<Record<Entity, Content[]>>>()

  /** Something of what was asked for was done. */
  succeed(): void {
    this.#succeeded++
  }

  /** @param named as the client wrote it */
  fail(code: StatusCode, entity: Entity, named: Content): void {
    const failed = this.#failures.get(code) ?? {}
    this.#failures.set(code, { ...failed, [entity]: [...(failed[entity] ?? []), named] })
  }

  /**
   * A Result's content: 200 or 201.
   *
   * @throws CspError when nothing that was named could be done
   */
  result(): ContentTree {
    this.check()
    return this.#failures.size === 0 ? result(200) : result(201, undefined, this.#details())
  }

  /** @throws CspError when nothing that was named could be done */
  check(): void {
    if (this.#failures.size === 0 || this.#succeeded > 0) return
    const failed = [...this.#failures.values()].flatMap((one) => entities.flatMap((entity) => one[entity] ?? []))
    const [code] = [...this.#failures.keys()]
    if (failed.length === 1) throw new CspError(code!)
    throw new CspError(900, undefined, this.#details())
  }

  get isPartial(): boolean {
    return this.#failures.size > 0
  }

  #details(): ContentTree[] {
    return [...this.#failures].map(([code, entities]) => ({ ...result(code), ...entities }))
  }
}
