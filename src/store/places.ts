import type { Place } from '../groups/group.ts'
import type { Session } from '../session/session.ts'
import { hotKey } from './keys.ts'
import { definedValues, epochIs, isLive } from './sessionItem.ts'
import { attribute, type Clause, ignoreFailedCondition, type Value } from './table.ts'
import type { Writes } from './writes.ts'

const isPlace = (groupId: string, id: string): Clause => attribute(`groups.${groupId}.id`).is(id)

/** The groups of sessions, in their hot items: how far each has been told, and the bells. */
export class PlaceStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * A live session takes its place in a group: one write.
   *
   * @param before the id of the place that it had
   * @returns false when it is not live in that epoch any more, or has another place by now
   */
  async take(session: Session, groupId: string, place: Place, before: string | undefined): Promise<boolean> {
    const value = definedValues(place) as Value
    const id = attribute(`groups.${groupId}.id`)
    const isFree: Clause = before === undefined ? id.isMissing : { anyOf: [[id.isMissing], [id.is(before)]] }
    const live = [isLive, epochIs(session), isFree]
    const update = (set: Record<string, Value>, clause: Clause) =>
      this.#writes.update(hotKey(session.id), { set }, [...live, clause]).catch(ignoreFailedCondition)
    const isAmong = () => update({ [`groups.${groupId}`]: value }, attribute('groups').isPresent)
    const taken =
      (await isAmong()) ??
      // A session of an earlier release has no groups yet, or had none a moment ago.
      (await update({ groups: { [groupId]: value } }, attribute('groups').isMissing)) ??
      (await isAmong())
    return taken !== undefined
  }

  /** Changes a place while it is that one. @returns false when it is gone */
  async change(sessionId: string, groupId: string, id: string, set: Partial<Place>): Promise<boolean> {
    const paths = Object.entries(set).map(([name, value]) => [`groups.${groupId}.${name}`, value as Value | undefined])
    const written = this.#writes.table.update(hotKey(sessionId), { set: Object.fromEntries(paths) }, [
      isPlace(groupId, id),
    ])
    return (await written.catch(ignoreFailedCondition)) !== undefined
  }

  async remove(sessionId: string, groupId: string, id: string): Promise<void> {
    const change = { remove: [`groups.${groupId}`] }
    await this.#writes.table.update(hotKey(sessionId), change, [isPlace(groupId, id)]).catch(ignoreFailedCondition)
  }

  /**
   * Rings the bell of a joined session: something is said up to that number. One write; a bell that is rung for more
   * stays as it is.
   *
   * @returns false when there is no such place in a live session, or it is rung already
   */
  async ring(sessionId: string, groupId: string, id: string, number: number): Promise<boolean> {
    const bell = `groups.${groupId}.bell`
    const isLess: Clause = { anyOf: [[attribute(bell).isMissing], [attribute(bell).isUnder(number)]] }
    const rung = this.#writes.table.update(hotKey(sessionId), { set: { [bell]: number } }, [
      isLive,
      isPlace(groupId, id),
      isLess,
    ])
    return (await rung.catch(ignoreFailedCondition)) !== undefined
  }
}
