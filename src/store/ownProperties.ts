import type { OwnProperties } from '../groups/group.ts'
import { ownPropertiesKey, within } from './keys.ts'
import { toRecord } from './records.ts'
import { schemaVersion } from './sessionItem.ts'
import type { Value } from './table.ts'
import type { Writes } from './writes.ts'

/** What a user has said of a group, with where to find the group. */
export interface OwnGroup extends OwnProperties {
  readonly groupId: string
  /** The name by which the group is kept. */
  readonly key: string
  /** The GroupID as the user's client wrote it. */
  readonly address: string
}

export const noOwnProperties: OwnProperties = { autoJoin: false, showID: false, privateMessaging: true }

/** What users have said of groups for themselves, with the account. */
export class OwnPropertiesStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Strong. */
  async read(accountId: string, groupId: string): Promise<OwnProperties> {
    const item = await this.#writes.table.get(ownPropertiesKey(accountId, groupId), true)
    return item ? { ...noOwnProperties, ...toRecord<OwnProperties>(item) } : noOwnProperties
  }

  /** Strong: one Query. */
  async all(accountId: string): Promise<OwnGroup[]> {
    const items = await this.#writes.table.query(within(ownPropertiesKey(accountId), true))
    const prefix = ownPropertiesKey(accountId).sk.length
    return items.map((item) => ({ ...noOwnProperties, ...toRecord<OwnGroup>(item), groupId: item.sk.slice(prefix) }))
  }

  /** Attribute by attribute: of two at a time each keeps what the other does not name. One write. */
  async set(accountId: string, { groupId, ...said }: Partial<OwnGroup> & Pick<OwnGroup, 'groupId'>): Promise<void> {
    const set = { schemaVersion, ...(said as Record<string, Value | undefined>) }
    await this.#writes.table.update(ownPropertiesKey(accountId, groupId), { set })
  }

  async remove(accountId: string, groupId: string): Promise<void> {
    await this.#writes.table.delete(ownPropertiesKey(accountId, groupId))
  }
}
