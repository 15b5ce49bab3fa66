import type { Group } from '../groups/group.ts'
import { groupEntryKey, postedName } from '../store/keys.ts'
import { ignoreFailedCondition } from '../store/table.ts'
import type { Village } from '../village.ts'
import type { Texts } from './elements.ts'
import { type Listing, list, type Place, unlist } from './listing.ts'
import { fold } from './texts.ts'

/** What the directory looks at of a group. */
export type ListedGroup = Pick<Group, 'key' | 'id' | 'name' | 'topic' | 'searchable' | 'version'>

/** A group in the directory. */
export interface GroupEntry extends Listing, Pick<Group, 'key' | 'id'> {
  /** The version of the group that was listed. */
  readonly listed: number
}

const placeOf = ({ key, id }: Pick<Group, 'key' | 'id'>): Place => ({
  kind: 'group',
  key: groupEntryKey(id),
  name: postedName(key, id),
})

/** The texts by which a group may be found: none, unless it is Searchable. */
export function textsOfGroup({ key, name, topic = '', searchable }: ListedGroup): Texts {
  if (!searchable) return {}
  const texts = { GROUP_ID: fold(key), GROUP_NAME: fold(name), GROUP_TOPIC: fold(topic) }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''))
}

/**
 * Brings the index up to a group that was created, or whose properties were changed. May be repeated.
 *
 * To be repaired when the call dies before it comes here, `expectGroup` has to come first.
 */
export const indexGroup = (village: Village, group: ListedGroup): Promise<void> =>
  list<GroupEntry>(village, placeOf(group), async (before) => {
    const texts = textsOfGroup(group)
    // Most groups are never to be found, and have no entry. Who has changed one since has seen to the index.
    const isLate = before && before.listed > group.version
    if (isLate || (!before && Object.keys(texts).length === 0)) return undefined
    return { entry: { key: group.key, id: group.id, listed: group.version }, texts }
  })

/**
 * Has the sweeper look at a group that is about to be made or changed, and may be found before or after: one write, two
 * where there was no entry.
 */
export async function expectGroup(village: Village, { key, id }: Pick<Group, 'key' | 'id'>): Promise<void> {
  const { directory } = village.store
  const place = groupEntryKey(id)
  if (await directory.expect(place, village.now())) return
  const entry: GroupEntry = { key, id, listed: 0, states: [{}], version: 1 }
  await directory.replace(place, entry, undefined, village.now()).catch(ignoreFailedCondition)
}

/** Takes a group out of the index, before it is removed: its entry says where it stands there. */
export async function unindexGroup(village: Village, group: Pick<Group, 'key' | 'id'>): Promise<void> {
  if (await unlist(village, placeOf(group))) await village.store.directory.remove(groupEntryKey(group.id))
}
