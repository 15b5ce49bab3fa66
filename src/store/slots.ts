import type { Owner, Slot } from '../presence/subscription.ts'
import { slotKey, slotSkPrefix } from './keys.ts'
import { toRecord } from './records.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, type Clause, type Condition, type Item, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

/** A session whose slot is written, and how long the slot is kept (seconds since 1970). */
export interface SlotHolder {
  readonly id: string
  readonly companionsExpireAt: number
}

/** How everything is to be told. */
export interface Refresh {
  /** The attributes that the session wants to know. */
  readonly asked: number
  /** Not when just that is to be told already, and not acknowledged (R11). */
  readonly once?: boolean
  /** The session was told something of the user before. */
  readonly again?: boolean
}

/** What was delivered of a slot. */
export interface DeliveredSlot {
  readonly slot: string
  readonly stamp: string
  readonly version: number
  readonly refresh?: string
  /** True when it was not everything that was told for the refresh. */
  readonly partial?: boolean
  readonly since?: number
}

export const toSlots = (items: readonly Item[]): Slot[] =>
  items.filter(({ sk }) => sk.startsWith(slotSkPrefix)).map((item) => toRecord<Slot>(item))

/** Presence slots of sessions: one per session and watched user, overwritten by what comes later. */
export class SlotStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * Announces a version of a user's presence to a session: one write. What is older stays to be told with it.
   *
   * @param since the version before it
   * @param now milliseconds since 1970
   */
  async announce(
    holder: SlotHolder,
    { user, accountId }: Owner,
    { version, since }: { readonly version: number; readonly since: number },
    now: number,
  ): Promise<void> {
    const key = slotKey(holder.id, user)
    const stamp = this.#writes.newId()
    const expiresAt = holder.companionsExpireAt
    const set = { schemaVersion, user, accountId, stamp, version, versionAt: now, expiresAt }
    const older: Clause = { anyOf: [[attribute('version').isMissing], [attribute('version').isAtMost(version)]] }
    const written = await this.#writes
      .update(key, { set, ifMissing: { since, at: now } }, [ownOrNone(accountId), older])
      .catch(ignoreFailedCondition)
    if (written) return
    // A later version is announced already: what changed in this one has to be told with it.
    const isLate = [attribute('accountId').is(accountId), attribute('since').isOver(since)]
    await this.#writes.update(key, { set: { stamp, since } }, isLate).catch(ignoreFailedCondition)
    await this.#replaceOthers({ ...key, ...set, since, at: now })
  }

  /** Has a session told everything of a user, whatever has changed: one write. */
  async refresh(
    holder: SlotHolder,
    { user, accountId }: Owner,
    now: number,
    { asked, once = false, again = false }: Refresh,
  ): Promise<void> {
    const key = slotKey(holder.id, user)
    const stamp = this.#writes.newId()
    const expiresAt = holder.companionsExpireAt
    const set = { schemaVersion, user, accountId, stamp, refresh: stamp, asked, ...(again && { again }), expiresAt }
    const notYet: Condition = [
      {
        anyOf: [[attribute('refresh').isMissing], [attribute('asked').isNot(asked)], [attribute('only').isPresent]],
      },
    ]
    const own = ownOrNone(accountId)
    const written = await this.#writes
      .update(key, { set, ifMissing: { at: now }, remove: ['since', 'only'] }, once ? [own, ...notYet] : [own])
      .catch(ignoreFailedCondition)
    if (!written) await this.#replaceOthers({ ...key, ...set, at: now })
  }

  /**
   * Has a session told some attributes of a user, because it sees them now, or no longer does. Where something of the
   * kind waits already it is told everything.
   */
  async reveal(holder: SlotHolder, owner: Owner, now: number, only: number, asked: number): Promise<void> {
    const stamp = this.#writes.newId()
    const { user, accountId } = owner
    const expiresAt = holder.companionsExpireAt
    const set = { schemaVersion, user, accountId, stamp, refresh: stamp, asked, only, expiresAt }
    const first: Condition = [ownOrNone(accountId), attribute('refresh').isMissing]
    const written = await this.#writes
      .update(slotKey(holder.id, user), { set, ifMissing: { at: now } }, first)
      .catch(ignoreFailedCondition)
    if (!written) await this.refresh(holder, owner, now, { asked, again: true })
  }

  /**
   * The session has what was delivered. One delete, unless something came since: then only that is still to be told. A
   * slot that something older was added to meanwhile stays as it is.
   */
  async acknowledge(
    sessionId: string,
    { slot, stamp, version, refresh, partial, since }: DeliveredSlot,
  ): Promise<void> {
    if (await this.remove(sessionId, { user: slot, stamp })) return
    const known = { set: { since: version } }
    const told = { remove: ['refresh', 'asked', 'again', 'only'] }
    const condition =
      refresh === undefined ? [attribute('since').is(since ?? version)] : [attribute('refresh').is(refresh)]
    const change = refresh === undefined ? known : partial ? told : { ...known, ...told }
    await this.#writes.update(slotKey(sessionId, slot), change, condition).catch(ignoreFailedCondition)
  }

  /** Removes a slot as it was seen. @returns false when it has changed since, or is gone */
  async remove(sessionId: string, { user, stamp }: Pick<Slot, 'user' | 'stamp'>): Promise<boolean> {
    const removed = this.#writes.table.delete(slotKey(sessionId, user), [attribute('stamp').is(stamp)])
    return (await removed.catch(ignoreFailedCondition)) !== undefined
  }

  /** Removes what a session has yet to be told of a user, whatever it is. */
  async clear(sessionId: string, user: string): Promise<void> {
    await this.#writes.table.delete(slotKey(sessionId, user))
  }

  /** Another account of that name has versions of its own: nothing of its slot stays. */
  async #replaceOthers(slot: Item): Promise<void> {
    const others: Condition = [attribute('pk').isPresent, attribute('accountId').isNot(slot.accountId as string)]
    await this.#writes.put(slot, others).catch(ignoreFailedCondition)
  }
}

const ownOrNone = (accountId: string): Clause => ({
  anyOf: [[attribute('pk').isMissing], [attribute('accountId').is(accountId)]],
})
