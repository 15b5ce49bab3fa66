import type { Member } from '../groups/group.ts'
import type { Owner } from '../presence/subscription.ts'
import { memberKey, rejectedKey, within } from './keys.ts'
import { toRecord } from './records.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

/** A user whom a group does not let in. */
export interface Rejected extends Owner {
  /** As it was written, `wv:` in front. */
  readonly address: string
}

/** Members of groups, and users whom groups reject. */
export class MemberStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Strong. What was said of an account that is gone says nothing about the next of that name. */
  async find(roomId: string, { user, accountId }: Owner): Promise<Member | undefined> {
    const item = await this.#writes.table.get(memberKey(roomId, user), true)
    return item?.accountId === accountId ? toRecord<Member>(item) : undefined
  }

  /** Strong. */
  async isRejected(roomId: string, { user, accountId }: Owner): Promise<boolean> {
    return (await this.#writes.table.get(rejectedKey(roomId, user), true))?.accountId === accountId
  }

  /** Strong, in the order of the names. */
  async all(roomId: string): Promise<Member[]> {
    return (await this.#writes.table.query(within(memberKey(roomId), true))).map(toRecord<Member>)
  }

  /** Strong, in the order of the names. */
  async rejected(roomId: string): Promise<Rejected[]> {
    return (await this.#writes.table.query(within(rejectedKey(roomId), true))).map(toRecord<Rejected>)
  }

  /** Makes a user a member, or gives a member another privilege: one write. */
  async put(roomId: string, { user, accountId, privilege, address }: Member): Promise<void> {
    await this.#writes.table.put({ ...memberKey(roomId, user), schemaVersion, user, accountId, privilege, address })
  }

  /** Gives a member another privilege, as it was read. @returns false when it has changed since */
  async setPrivilege(roomId: string, member: Member, privilege: Member['privilege']): Promise<boolean> {
    const asSeen = [attribute('accountId').is(member.accountId), attribute('privilege').is(member.privilege)]
    const written = this.#writes.update(memberKey(roomId, member.user), { set: { privilege } }, asSeen)
    return (await written.catch(ignoreFailedCondition)) !== undefined
  }

  async remove(roomId: string, user: string): Promise<void> {
    await this.#writes.table.delete(memberKey(roomId, user))
  }

  async reject(roomId: string, { user, accountId, address }: Rejected): Promise<void> {
    await this.#writes.table.put({ ...rejectedKey(roomId, user), schemaVersion, user, accountId, address })
  }

  async forgive(roomId: string, user: string): Promise<Item | undefined> {
    return this.#writes.table.delete(rejectedKey(roomId, user))
  }
}
