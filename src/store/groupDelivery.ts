import type { DeliveryMethod, Session } from '../session/session.ts'
import { coldKey, hash } from './keys.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import type { Item } from './table.ts'
import type { Writes } from './writes.ts'

/** A session's delivery method for one group. */
export interface GroupDelivery extends DeliveryMethod {
  /** The name by which the group is kept. */
  readonly group: string
}

const prefix = 'group_'

/** An attribute of the cold item: a group's name may hold anything, and compares without case. */
const attributeOf = (group: string): string => prefix + hash(group.toLowerCase())

/** What a cold item has of them. */
export const groupDeliveryIn = (cold: Item): GroupDelivery[] =>
  Object.entries(cold).flatMap(([name, value]) => (name.startsWith(prefix) ? [value as unknown as GroupDelivery] : []))

/** How sessions want the messages of groups, in their cold items. */
export class GroupDeliveryStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Strong: one read. @param key the name by which the group is kept */
  async read(session: Session, key: string): Promise<DeliveryMethod | undefined> {
    const cold = await this.#writes.table.get(coldKey(session.id), true)
    const found = cold?.[attributeOf(key)] as unknown as GroupDelivery | undefined
    return (
      found && {
        method: found.method,
        ...(found.contentLength !== undefined && { contentLength: found.contentLength }),
      }
    )
  }

  /** One read, one write. @returns false when the session has said so of too many groups */
  async set(session: Session, delivery: GroupDelivery, most: number): Promise<boolean> {
    const { table } = this.#writes
    const name = attributeOf(delivery.group)
    const cold = await table.get(coldKey(session.id), true)
    if (cold && !(name in cold) && groupDeliveryIn(cold).length >= most) return false
    const set = { schemaVersion, [name]: definedValues(delivery), expiresAt: session.companionsExpireAt }
    await table.update(coldKey(session.id), { set })
    return true
  }
}
