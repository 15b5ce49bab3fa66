import type { Session } from '../session/session.ts'
import { hotKey } from './keys.ts'
import { isLive } from './sessionItem.ts'
import { attribute, type Change, type Clause, type Condition, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

/** The bells of sessions, in their hot items. */
export class BellStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * When a session looks at its inbox from the beginning the next time; unless something was given up meanwhile. One write.
   *
   * @param at milliseconds since 1970; none: not at all
   */
  async lookBack({ id, lookBackAt }: Session, at: number | undefined): Promise<void> {
    const asSeen = [isLive, attribute('lookBackAt').is(lookBackAt!)]
    await this.#writes.table.update(hotKey(id), { set: { lookBackAt: at } }, asSeen).catch(ignoreFailedCondition)
  }

  /**
   * Rings a session's bell: something has come into the inbox of its account. One write; another when it came before
   * the place from which the session reads.
   *
   * @param key where it is
   * @returns false when the session is not live
   */
  async ring(id: string, key: string): Promise<boolean> {
    const change: Change = { set: { bell: this.#writes.newId() }, remove: ['quietUntil'] }
    const isAhead: Clause = { anyOf: [[attribute('inboxFrom').isMissing], [attribute('inboxFrom').isAtMost(key)]] }
    const update = (one: Change, ...condition: Condition) =>
      this.#writes.table.update(hotKey(id), one, [isLive, ...condition]).catch(ignoreFailedCondition)
    const rung =
      (await update(change, isAhead)) ?? (await update({ ...change, set: { ...change.set, inboxFrom: key } }))
    return rung !== undefined
  }
}
