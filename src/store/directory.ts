import { type Access, noAccess } from '../presence/access.ts'
import type { PresenceDocument } from '../presence/document.ts'
import type { Texts } from '../search/elements.ts'
import type { Listing } from '../search/listing.ts'
import type { UserEntry } from '../search/profile.ts'
import { accessKey, presenceKey, sweepShardOf, userEntryKey } from './keys.ts'
import type { PresenceView } from './presence.ts'
import { toRecord } from './records.ts'
import { definedValues, repairDelay, schemaVersion } from './sessionItem.ts'
import { attribute, type Condition, type Item, ignoreFailedCondition, type Key } from './table.ts'
import type { Writes } from './writes.ts'

/** What a search looks at of a user that it has found. */
export interface DirectoryView extends PresenceView {
  readonly entry?: UserEntry
}

/** Who may be found, in the table: one item for a user or a group, beside what else belongs to it. */
export class DirectoryStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Strong. */
  async read<Entry extends Listing>(key: Key): Promise<Entry | undefined> {
    const item = await this.#writes.table.get(key, true)
    return item && toRecord<Entry>(item)
  }

  /** A user's access and entry in one strong Query. @param withPresence the presence values too */
  async view(accountId: string, withPresence: boolean): Promise<DirectoryView> {
    const { pk, sk } = presenceKey(accountId)
    const entryKey = userEntryKey(accountId)
    const from = withPresence ? sk : accessKey(accountId).sk
    const items = await this.#writes.table.query({ pk, from, to: entryKey.sk, consistent: true })
    const find = <Record>(of: string) => {
      const item = items.find((one) => one.sk === of)
      return item && toRecord<Record>(item)
    }
    const document = find<PresenceDocument>(sk)
    const entry = find<UserEntry>(entryKey.sk)
    const access = find<Access>(accessKey(accountId).sk) ?? noAccess
    return { ...(document && { document }), access, ...(entry && { entry }) }
  }

  /**
   * Writes an entry in place of the one that was read, for the sweeper to look at until it is settled: one write.
   *
   * @param now milliseconds since 1970. @throws ConditionFailed when another invocation was faster
   */
  async replace(key: Key, entry: Listing, replaced: Listing | undefined, now: number): Promise<void> {
    const item: Item = { ...key, schemaVersion, ...definedValues(entry), ...sweepKeys(key, now) }
    await this.#writes.put(item, [replaced ? isOf(replaced) : attribute('pk').isMissing])
  }

  /** What is in the index is what it is to be: one write. @returns false when it has changed since, or is gone */
  async settle(key: Key, entry: Listing, texts: Texts): Promise<boolean> {
    const change = { set: { states: [texts] }, remove: ['sweepShard', 'sweepAt'] }
    return (await this.#writes.update(key, change, [isOf(entry)]).catch(ignoreFailedCondition)) !== undefined
  }

  /**
   * Has the sweeper look at an entry, of which something is about to change elsewhere: one write.
   *
   * @returns false when there is no entry, or the condition does not hold
   */
  async expect(key: Key, now: number, condition: Condition = [attribute('pk').isPresent]): Promise<boolean> {
    const change = { set: sweepKeys(key, now), sum: { version: { attribute: 'version', plus: 1 } } }
    return (await this.#writes.update(key, change, condition).catch(ignoreFailedCondition)) !== undefined
  }

  /** The same for a user who may be found by the Alias. */
  expectAlias(accountId: string, now: number): Promise<boolean> {
    return this.expect(userEntryKey(accountId), now, [attribute('searchable').is(true)])
  }

  async remove(key: Key): Promise<void> {
    await this.#writes.table.delete(key)
  }
}

const isOf = ({ version }: Listing) => attribute('version').is(version)
const sweepKeys = (key: Key, now: number) => ({ sweepShard: sweepShardOf(key.pk), sweepAt: now + repairDelay * 1000 })
