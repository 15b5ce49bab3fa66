import { accountIdOfUser, groupEntryKey, roomOf, userEntryKey } from '../store/keys.ts'
import type { Key } from '../store/table.ts'
import type { Village } from '../village.ts'
import { type GroupEntry, indexGroup, unindexGroup } from './groupDirectory.ts'
import { refreshUser } from './userDirectory.ts'

/** True for an entry of the directory. */
export const isEntry = ({ sk }: Key): boolean => sk === userEntryKey('').sk || sk === groupEntryKey('').sk

/** The sweeper's part: brings the index up to date where a call has died that was about to. */
export async function finishListing(village: Village, key: Key): Promise<void> {
  if (key.sk === userEntryKey('').sk) return refreshUser(village, { accountId: accountIdOfUser(key.pk) })
  const entry = await village.store.directory.read<GroupEntry>(groupEntryKey(roomOf(key.pk)))
  if (!entry) return
  const group = await village.store.groups.read(entry.key)
  if (group?.id === entry.id && !group.deleting) await indexGroup(village, group)
  else await unindexGroup(village, entry)
}
