import { segmentsKey } from './keys.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, type Condition, ConditionFailed, type Item, type Key } from './table.ts'
import type { Writes } from './writes.ts'

/** The segments of one message, and who sends them. */
export interface SegmentedMessage {
  /** The client's address. */
  readonly source: string
  /** Version, transaction code and TransactionID: the same in all segments. */
  readonly header: string
  /** Index of the last segment. */
  readonly last: number
}

/** What has come of a message: the slices by index, holes where one has not. */
export interface Collected {
  readonly slices: readonly (string | undefined)[]
  /** Two messages have come under one header: nobody can tell their segments apart. */
  readonly isMixed: boolean
}

/** Messages that come in segments, each in a request of its own: one item holds what has come, and decides. */
export class SegmentStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * Adds a segment, and tells what there is then.
   *
   * @param now milliseconds since 1970
   * @param keptFor seconds after the last segment that came
   */
  async add(
    message: SegmentedMessage,
    { index, slice }: { readonly index: number; readonly slice: string },
    now: number,
    keptFor: number,
  ): Promise<Collected> {
    const key = segmentsKey(message.source, message.header, message.last)
    const own = { [nameOf(index)]: slice, schemaVersion, expiresAt: Math.ceil(now / 1000) + keptFor }
    const isSame: Condition = [
      attribute('isMixed').isMissing,
      { anyOf: [[attribute(nameOf(index)).isMissing], [attribute(nameOf(index)).is(slice)]] },
      { anyOf: [[attribute('expiresAt').isMissing], [attribute('expiresAt').isOver(now / 1000)]] },
    ]
    try {
      return collected(await this.#writes.update(key, { set: own }, isSame), message.last)
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      return this.#replace(key, own, message.last, now)
    }
  }

  /** R9: what is past its time is gone, deleted or not. What is not is another message's. */
  async #replace(key: Key, own: Omit<Item, 'pk' | 'sk'>, last: number, now: number): Promise<Collected> {
    try {
      const item = { ...key, ...own } as Item
      return collected(await this.#writes.put(item, [attribute('expiresAt').isAtMost(now / 1000)]), last)
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      return this.#spoil(key, last, now)
    }
  }

  /** Its time is not prolonged: a client that tries again and again would never get out of it. */
  async #spoil(key: Key, last: number, now: number): Promise<Collected> {
    const isKept: Condition = [attribute('expiresAt').isOver(now / 1000)]
    try {
      return collected(await this.#writes.update(key, { set: { isMixed: true } }, isKept), last)
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      // Taken away in this moment: whose it was is not known.
      return { slices: [], isMixed: true }
    }
  }

  /** Takes a whole message away. @returns false when another call has taken it */
  async take({ source, header, last }: SegmentedMessage): Promise<boolean> {
    return (await this.#writes.table.delete(segmentsKey(source, header, last))) !== undefined
  }
}

const nameOf = (index: number) => `slice${index}`

const collected = (item: Item, last: number): Collected => ({
  slices: Array.from({ length: last + 1 }, (_, index) => item[nameOf(index)] as string | undefined),
  isMixed: item.isMixed === true,
})
