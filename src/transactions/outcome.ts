import { CspError } from '../csp/cspError.ts'
import type { ContentTree } from '../csp/element.ts'
import type { StatusCode } from '../csp/statusCodes.ts'
import { result } from './transaction.ts'

/** What a DetailedResult can name. */
type Entity = 'UserID' | 'ContactList'

/**
 * The outcome of a transaction on several users or contact lists: each may fail by itself. All went well: 200. Some did:
 * 201, with a DetailedResult for each code that lists whom it befell. None did: 900 with the same, or the code alone
 * where a single one was named.
 */
export class Outcome {
  #succeeded = 0
  readonly #failures = new Map<StatusCode, Record<Entity, string[]>>()

  /** Something of what was asked for was done. */
  succeed(): void {
    this.#succeeded++
  }

  /** @param text as the client wrote it */
  fail(code: StatusCode, entity: Entity, text: string): void {
    const failed = this.#failures.get(code) ?? { UserID: [], ContactList: [] }
    failed[entity].push(text)
    this.#failures.set(code, failed)
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
    const failed = [...this.#failures.values()].flatMap((one) => [...one.UserID, ...one.ContactList])
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
