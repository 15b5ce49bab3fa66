import { type Access, noAccess } from '../presence/access.ts'
import type { PresenceDocument } from '../presence/document.ts'
import { accessKey, presenceKey } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, type Value } from './table.ts'
import type { Writes } from './writes.ts'

/** What a look at somebody's presence needs. */
export interface PresenceView {
  readonly document?: PresenceDocument
  readonly access: Access
}

/** Presence values in the table, one item a user. */
export class PresenceStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Values and access in one strong Query. */
  async view(accountId: string): Promise<PresenceView> {
    const { pk, sk } = presenceKey(accountId)
    const to = accessKey(accountId).sk
    const items = await this.#writes.table.query({ pk, from: sk, to, consistent: true })
    const find = (key: string) => items.find((item) => item.sk === key)
    const document = find(sk)
    const access = find(to)
    return {
      ...(document && { document: toRecord<PresenceDocument>(document) }),
      access: access ? toRecord<Access>(access) : noAccess,
    }
  }

  /** Strong. */
  async read(accountId: string): Promise<PresenceDocument | undefined> {
    const item = await this.#writes.table.get(presenceKey(accountId), true)
    return item && toRecord<PresenceDocument>(item)
  }

  /**
   * Writes the values in place of those that were read.
   *
   * @throws ConditionFailed when another invocation was faster
   */
  async replace(accountId: string, document: PresenceDocument, replaced: PresenceDocument | undefined): Promise<void> {
    const item: Item = {
      ...presenceKey(accountId),
      schemaVersion,
      ...(definedValues(document) as Record<string, Value>),
    }
    await this.#writes.put(item, [replaced ? attribute('version').is(replaced.version) : attribute('pk').isMissing])
  }
}
