import type { Group } from '../groups/group.ts'
import type { Owner } from '../presence/subscription.ts'
import { groupKey, groupPk, keyOfGroup, ownedGroupKey, sweepShardOf, within } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, repairDelay, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition, type Value } from './table.ts'
import type { Writes } from './writes.ts'

const toGroup = (item: Item): Group => ({ ...toRecord<Group>(item), key: keyOfGroup(item.pk) })

/** In place of an account: the groups of the service are found there, as those of a user with the user. */
export const serviceAccountId = 'service'

const ownerOf = ({ owner }: Pick<Group, 'owner'>): string => owner?.accountId ?? serviceAccountId

const isOf = ({ id }: Pick<Group, 'id'>) => attribute('id').is(id)
const isNotDeleting = attribute('deleting').isMissing

/** Groups in the table: one item each, under its name, and a pointer to it with the user who made it, or the service. */
export class GroupStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Strong. */
  async read(key: string): Promise<Group | undefined> {
    const item = await this.#writes.table.get(groupKey(key), true)
    return item && toGroup(item)
  }

  /** Two writes. The pointer comes first: what is not there can be pointed at, and what is there is always found. */
  async create({ key, ...group }: Group): Promise<void> {
    await this.#writes.table.put({ ...ownedGroupKey(ownerOf(group), key), schemaVersion })
    const item: Item = { ...groupKey(key), schemaVersion, ...definedValues(group) }
    await this.#writes.put(item, [attribute('pk').isMissing])
  }

  /** The names of the groups that a user, or the service, has made. Strong; some may be gone. */
  async owned(accountId: string): Promise<string[]> {
    const key = ownedGroupKey(accountId)
    const items = await this.#writes.table.query(within(key, true))
    return items.map(({ sk }) => sk.slice(key.sk.length))
  }

  /**
   * Changes properties of a group as it was read: one write.
   *
   * @returns the group as it is now. @throws ConditionFailed when it has changed since, or is gone
   */
  async change(group: Group, set: Readonly<Record<string, Value | undefined>>): Promise<Group> {
    const asSeen = [isOf(group), isNotDeleting, attribute('version').is(group.version)]
    const change = { set: { ...set, version: group.version + 1 } }
    return toGroup(await this.#writes.update(groupKey(group.key), change, asSeen))
  }

  /** Raises the floor of the log. @returns the group as it is now; undefined when it is gone or being removed */
  async raiseFloor(group: Group, floor: number): Promise<Group | undefined> {
    const asSeen = [isOf(group), isNotDeleting, attribute('floor').is(group.floor)]
    const raised = this.#writes.update(groupKey(group.key), { set: { floor } }, asSeen).then(toGroup)
    const current = (await raised.catch(ignoreFailedCondition)) ?? (await this.read(group.key))
    return current?.id === group.id && !current.deleting ? current : undefined
  }

  /** Nobody is joined any more. @param removeAt when it is removed, milliseconds since 1970; absent: not at all */
  async markEmpty(group: Group, now: number, removeAt: number): Promise<void> {
    const set = { emptySince: now, sweepShard: sweepShardOf(groupPk(group.key)), sweepAt: removeAt }
    await this.#writes.update(groupKey(group.key), { set }, [isOf(group), isNotDeleting]).catch(ignoreFailedCondition)
  }

  /** Somebody is joined again. @returns false when the group is gone or being removed */
  async unmarkEmpty(group: Group): Promise<boolean> {
    const remove = ['emptySince', 'sweepShard', 'sweepAt']
    const written = this.#writes.update(groupKey(group.key), { remove }, [isOf(group), isNotDeleting])
    return (await written.catch(ignoreFailedCondition)) !== undefined
  }

  /**
   * From here on the group is not there for anybody; what belongs to it is cleared away by whoever calls, or the sweeper.
   *
   * @param only only while it has been empty since then, milliseconds since 1970
   * @returns false when it is gone, or is not empty any more
   */
  async beginDeleting(group: Group, now: number, only?: { readonly emptySince: number }): Promise<boolean> {
    const set = { deleting: true, sweepShard: sweepShardOf(groupPk(group.key)), sweepAt: now + repairDelay * 1000 }
    const asSeen = [isOf(group), ...(only ? [isNotDeleting, attribute('emptySince').is(only.emptySince)] : [])]
    const written = this.#writes.update(groupKey(group.key), { set }, asSeen)
    return (await written.catch(ignoreFailedCondition)) !== undefined
  }

  /** Last of all, when nothing that belongs to the group is left. */
  async remove({ key, id, owner }: Pick<Group, 'key' | 'id' | 'owner'>): Promise<void> {
    await this.#writes.table.delete(groupKey(key), [isOf({ id })]).catch(ignoreFailedCondition)
    await this.forgetOwned({ accountId: ownerOf({ owner }) }, key)
  }

  /** Takes the pointer away, unless there is such a group of the user again. */
  async forgetOwned({ accountId }: Pick<Owner, 'accountId'>, key: string): Promise<void> {
    const current = await this.read(key)
    if (!current || ownerOf(current) !== accountId) await this.#writes.table.delete(ownedGroupKey(accountId, key))
  }
}
