import { type Change, type Condition, ConditionFailed, type Item, type Key, type Table } from './table.ts'

/**
 * Writes that know themselves again. A call to DynamoDB may be applied while its answer is lost; the client library
 * then sends it once more, and the condition fails on the very change that the first one made. So every conditional
 * write stores an id of its own, and on a failed condition the item is read strongly: its own id there is success.
 */
export class Writes {
  readonly table: Table
  readonly #newWriteId: () => string

  /** @param newWriteId a fresh random text for each write */
  constructor(table: Table, newWriteId: () => string) {
    this.table = table
    this.#newWriteId = newWriteId
  }

  /** A fresh random text, for records that have to be told from their successors. */
  newId(): string {
    return this.#newWriteId()
  }

  /** @throws ConditionFailed when another's write decided */
  async update(key: Key, change: Change, condition: Condition): Promise<Item> {
    const writeId = this.#newWriteId()
    const own = { ...change, set: { ...change.set, writeId } }
    return this.#settle(key, writeId, () => this.table.update(key, own, condition))
  }

  /** @returns the new item. @throws ConditionFailed when another's write decided */
  async put(item: Item, condition: Condition): Promise<Item> {
    const writeId = this.#newWriteId()
    const own: Item = { ...item, writeId }
    return this.#settle(own, writeId, async () => {
      await this.table.put(own, condition)
      return own
    })
  }

  async #settle({ pk, sk }: Key, writeId: string, write: () => Promise<Item>): Promise<Item> {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      const found = await this.table.get({ pk, sk }, true)
      if (found?.writeId !== writeId) throw error
      return found
    }
  }
}
