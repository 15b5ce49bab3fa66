import type { LogEntry, Unnumbered } from '../groups/logEntry.ts'
import { logKey, logSkPrefix } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

const numberOf = (item: Item): number => Number(item.sk.slice(logSkPrefix.length))

const toEntry = (item: Item): LogEntry => {
  const { expiresAt: _, ...entry } = toRecord<LogEntry & { expiresAt: number }>(item)
  return { ...entry, number: numberOf(item) }
}

/** The logs of groups: what was said, and who came and went, each under the next number. */
export class GroupLogStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** The newest entry that is there, and until when it certainly was, seconds since 1970. One Query. */
  async last(roomId: string, consistent: boolean): Promise<{ number: number; expiresAt: number } | undefined> {
    const { pk, sk } = logKey(roomId)
    const range = { pk, from: sk, to: `${sk}\uffff`, consistent, limit: 1, reverse: true }
    const [item] = await this.#writes.table.query(range)
    return item && { number: numberOf(item), expiresAt: Number(item.expiresAt) }
  }

  /**
   * Puts an entry under a number, unless there is one: one write.
   *
   * @param expiresAt seconds since 1970: for garbage collection only
   * @returns false when another entry has the number
   */
  async put(roomId: string, number: number, entry: Unnumbered, expiresAt: number): Promise<boolean> {
    const item: Item = { ...logKey(roomId, number), schemaVersion, ...definedValues(entry), expiresAt }
    const put = this.#writes.put(item, [attribute('pk').isMissing])
    return (await put.catch(ignoreFailedCondition)) !== undefined
  }

  /** Entries after a number, in order: one Query. @param upTo the last number that matters */
  async after(
    roomId: string,
    number: number,
    { limit, consistent, upTo }: { limit?: number; consistent: boolean; upTo?: number },
  ): Promise<LogEntry[]> {
    const { pk, sk: from } = logKey(roomId, number + 1)
    const to = upTo === undefined ? `${logSkPrefix}\uffff` : logKey(roomId, upTo).sk
    return from > to
      ? []
      : (await this.#writes.table.query({ pk, from, to, consistent, ...(limit && { limit }) })).map(toEntry)
  }

  /** The newest entries, the newest first: one Query. */
  async newest(roomId: string, limit: number): Promise<LogEntry[]> {
    const { pk, sk } = logKey(roomId)
    const range = { pk, from: sk, to: `${sk}\uffff`, consistent: true, limit, reverse: true }
    return (await this.#writes.table.query(range)).map(toEntry)
  }
}
