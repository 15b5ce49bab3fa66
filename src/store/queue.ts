import type { Session } from '../session/session.ts'
import { hotKey, queueKey, queueSkPrefix } from './keys.ts'
import { epochIs, isLive } from './sessionItem.ts'
import { attribute, ConditionFailed, type Item, ignoreFailedCondition, type Value } from './table.ts'
import type { Writes } from './writes.ts'

/** A server transaction that waits for its session: what kind it is and the data it is rendered from at delivery. */
export interface QueueEntry {
  /** 1 … 999. */
  readonly transactionId: number
  /** The order in which entries were opened. */
  readonly order: number
  readonly kind: string
  readonly data: Readonly<Record<string, Value>>
  /** The session's epoch when it was opened: R13. */
  readonly epoch: number
  /** R13: true for what belongs to the account and comes again after a restore, under the same TransactionID. */
  readonly survivesRestore: boolean
}

/** What the caller says of a new server transaction. */
export type NewEntry = Pick<QueueEntry, 'kind' | 'data' | 'survivesRestore'>

/** TransactionIDs of the server: decimal, 1 … 999, as PTS wants them, in every encoding. */
export const transactionIds = 999

export const toQueueEntry = (item: Item): QueueEntry => ({
  ...(item as unknown as QueueEntry),
  transactionId: Number(item.sk.slice(queueSkPrefix.length)),
})

/** The queue of server transactions of a session. */
export class QueueStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * Opens a server transaction: takes the next number of the session's counter, skipping those that are outstanding.
   * Two writes; nothing is read.
   *
   * @returns its TransactionID; undefined when the session is not live or all near numbers are outstanding
   */
  async add(session: Session, { kind, data, survivesRestore }: NewEntry): Promise<number | undefined> {
    for (let attempt = 0; attempt < 10; attempt++) {
      const hot = await this.#nextNumber(session)
      if (hot === undefined) return undefined
      const order = hot.serverTransactions as number
      const transactionId = ((order - 1) % transactionIds) + 1
      // News of presence takes its number from the same counter, and is not in the queue.
      if (String(transactionId) in (hot.inFlight as object)) continue
      const item: Item = {
        ...queueKey(session.id, transactionId),
        schemaVersion: 1,
        order,
        kind,
        data,
        survivesRestore,
        epoch: session.epoch,
        expiresAt: session.companionsExpireAt,
      }
      try {
        await this.#writes.put(item, [attribute('pk').isMissing])
        return transactionId
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error
      }
    }
    return undefined
  }

  async #nextNumber(session: Session): Promise<Item | undefined> {
    const change = { sum: { serverTransactions: { attribute: 'serverTransactions', plus: 1 } } }
    const condition = [isLive, epochIs(session)]
    return this.#writes.update(hotKey(session.id), change, condition).catch(ignoreFailedCondition)
  }

  /** Removes an entry, acknowledged or given up: one delete. @returns it, if it was there */
  async remove(sessionId: string, transactionId: number): Promise<QueueEntry | undefined> {
    const old = await this.#writes.table.delete(queueKey(sessionId, transactionId))
    return old && toQueueEntry(old)
  }
}
