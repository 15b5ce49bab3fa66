import type { Group, Joined, Leaving } from '../groups/group.ts'
import type { Owner } from '../presence/subscription.ts'
import { joinedKey, roomJobKey, roomOf, screenNameKey, sweepShardOf, within } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, repairDelay, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition, type Key, type Value } from './table.ts'
import type { Writes } from './writes.ts'

/** Who has a screen name: the user, and the session that has taken it last. */
export interface NameHolder extends Owner {
  readonly sessionId: string
  /** When, milliseconds since 1970. */
  readonly at: number
}

/** Bells that have yet to be rung: for an entry of the log, up to that number. */
export interface RingJob {
  readonly roomId: string
  /** The name by which the group is kept. */
  readonly key: string
  readonly id: string
  readonly number: number
  /** Only of those who are told who comes and goes. */
  readonly noticesOnly?: boolean
  /** The session that needs none. */
  readonly by: string
  /** How far it is: a SessionID. */
  readonly cursor?: string
}

const isOf = ({ id }: Pick<Joined, 'id'>) => attribute('id').is(id)

/** Who is joined in groups, and who has which screen name. */
export class RoomStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Strong, in the order of their SessionIDs. Some may belong to sessions that are over. */
  async joined(roomId: string): Promise<Joined[]> {
    return (await this.#writes.table.query(within(joinedKey(roomId), true))).map(toRecord<Joined>)
  }

  /** Strong. */
  async read(roomId: string, sessionId: string): Promise<Joined | undefined> {
    const item = await this.#writes.table.get(joinedKey(roomId, sessionId), true)
    return item && toRecord<Joined>(item)
  }

  /** A session joins: one write. @returns false when it stands there already, by another request of the same session */
  async enter(roomId: string, joined: Joined): Promise<boolean> {
    const item: Item = { ...joinedKey(roomId, joined.sessionId), schemaVersion, ...definedValues(joined) }
    const entered = this.#writes.put(item, [attribute('pk').isMissing])
    return (await entered.catch(ignoreFailedCondition)) !== undefined
  }

  /** Changes what is said of a joined session. @returns it as it is now; undefined when it has left */
  async change(roomId: string, joined: Joined, set: Partial<Joined>): Promise<Joined | undefined> {
    const change = { set: set as Record<string, Value> }
    const condition = [isOf(joined), attribute('leaving').isMissing]
    const written = await this.#writes
      .update(joinedKey(roomId, joined.sessionId), change, condition)
      .catch(ignoreFailedCondition)
    return written && toRecord<Joined>(written)
  }

  /** It is about to leave. @returns how: this, or as somebody has said before; undefined when it has left */
  async beginLeaving(
    { id: roomId, key }: Pick<Group, 'id' | 'key'>,
    joined: Joined,
    leaving: Leaving,
    now: number,
  ): Promise<Joined | undefined> {
    const place = joinedKey(roomId, joined.sessionId)
    // The sweeper goes on with it when the call dies.
    const sweep = { sweepShard: sweepShardOf(place.pk), sweepAt: now + repairDelay * 1000, groupKey: key }
    const change = { set: { leaving: definedValues(leaving), ...sweep } }
    const marked = this.#writes.update(place, change, [isOf(joined), attribute('leaving').isMissing])
    const item = await marked.catch(ignoreFailedCondition)
    if (item) return toRecord<Joined>(item)
    const current = await this.read(roomId, joined.sessionId)
    return current?.id === joined.id ? current : undefined
  }

  /** Strong. Undefined when it has left, or does not leave. */
  async readLeaving({ pk, sk }: Key): Promise<{ roomId: string; key: string; joined: Joined } | undefined> {
    const item = await this.#writes.table.get({ pk, sk }, true)
    if (!item?.leaving) return undefined
    return { roomId: roomOf(pk), key: String(item.groupKey), joined: toRecord<Joined>(item) }
  }

  /** It has left. */
  async leave(roomId: string, { sessionId, id }: Joined): Promise<void> {
    await this.#writes.table.delete(joinedKey(roomId, sessionId), [isOf({ id })]).catch(ignoreFailedCondition)
  }

  /** Strong. */
  async nameHolder(roomId: string, name: string): Promise<(NameHolder & { readonly writeId: string }) | undefined> {
    const item = await this.#writes.table.get(screenNameKey(roomId, name), true)
    return item && ({ ...toRecord<NameHolder>(item), writeId: item.writeId } as NameHolder & { writeId: string })
  }

  /**
   * Takes a screen name: one write.
   *
   * @param replaced who had it and may be passed over; without it the name has to be free, or the user's own
   * @returns false when somebody else has it
   */
  async claimName(
    roomId: string,
    name: string,
    { user, accountId, sessionId, at }: NameHolder,
    replaced?: { readonly writeId: string },
  ): Promise<boolean> {
    const item: Item = { ...screenNameKey(roomId, name), schemaVersion, name, user, accountId, sessionId, at }
    const condition = replaced
      ? attribute('writeId').is(replaced.writeId)
      : { anyOf: [[attribute('pk').isMissing], [attribute('accountId').is(accountId)]] }
    return (await this.#writes.put(item, [condition]).catch(ignoreFailedCondition)) !== undefined
  }

  /** Gives a screen name up, or leaves it to another session of the user; unless another has taken it since. */
  async releaseName(roomId: string, name: string, sessionId: string, heir?: string): Promise<void> {
    const key = screenNameKey(roomId, name)
    const isHeld = [attribute('sessionId').is(sessionId)]
    const released = heir
      ? this.#writes.table.update(key, { set: { sessionId: heir } }, isHeld)
      : this.#writes.table.delete(key, isHeld)
    await released.catch(ignoreFailedCondition)
  }

  /** Everything that belongs to a group but its own item: for its removal. Strong, so many at a time. */
  async belongings(roomId: string, limit: number): Promise<Key[]> {
    const { pk } = joinedKey(roomId)
    return (await this.#writes.table.query({ pk, consistent: true, limit })).map(({ sk }) => ({ pk, sk }))
  }

  async remove({ pk, sk }: Key): Promise<void> {
    await this.#writes.table.delete({ pk, sk })
  }

  /** Written before the work, so that the sweeper can go on with it when the call dies. @param now milliseconds */
  async writeJob({ roomId, id, ...job }: RingJob, now: number): Promise<void> {
    const key = roomJobKey(roomId, id)
    const keys = { sweepShard: sweepShardOf(key.pk), sweepAt: now + repairDelay * 1000 }
    await this.#writes.table.put({ ...key, schemaVersion, ...definedValues(job), ...keys })
  }

  /** Strong. */
  async readJob({ pk, sk }: Key): Promise<RingJob | undefined> {
    const item = await this.#writes.table.get({ pk, sk }, true)
    const id = sk.slice(roomJobKey('').sk.length)
    return item && { ...toRecord<RingJob>(item), roomId: roomOf(pk), id }
  }

  /** Notes how far the work is. Whoever else is at it rings the same bells. */
  async advanceJob({ roomId, id }: RingJob, cursor: string): Promise<void> {
    const isThere = [attribute('pk').isPresent]
    await this.#writes.table.update(roomJobKey(roomId, id), { set: { cursor } }, isThere).catch(ignoreFailedCondition)
  }

  async finishJob({ roomId, id }: RingJob): Promise<void> {
    await this.#writes.table.delete(roomJobKey(roomId, id))
  }
}
