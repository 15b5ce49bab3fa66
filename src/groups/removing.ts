import { inLots } from '../presence/lots.ts'
import { unindexGroup } from '../search/groupDirectory.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'
import { tell, tidyUp } from './leaving.ts'
import { type Actor, notifyRemoved } from './notices.ts'

/**
 * Removes a group: from here on it is not there for anybody (800); then all who are joined are told, and what belongs to
 * it is cleared away. A call that dies on the way is made good by the sweeper.
 *
 * @param only only while it has been empty since then
 * @param by the session that has asked for it and needs not be told
 */
export async function removeGroup(
  village: Village,
  group: Group,
  { emptySince, by }: { readonly emptySince?: number; readonly by?: Actor } = {},
): Promise<void> {
  const only = emptySince === undefined ? undefined : { emptySince }
  if (await village.store.groups.beginDeleting(group, village.now(), only)) await finishRemoval(village, group, by)
}

/** Items that are cleared away at a time. */
const lot = 100

async function finishRemoval(village: Village, group: Group, by?: Actor): Promise<void> {
  const { groups, rooms, places, members, ownProperties } = village.store
  await unindexGroup(village, group)
  const joined = await rooms.joined(group.id)
  await inLots(joined, async (one) => {
    if (one.sessionId !== by?.id) await tell(village, group.id, one, 800)
    await places.remove(one.sessionId, group.id, one.id)
  })
  const known = [...joined, ...(await members.all(group.id))].map(({ accountId }) => accountId)
  await inLots([...new Set(known)], (accountId) => ownProperties.remove(accountId, group.id))
  await notifyRemoved(village, group, [...new Set(known)], by)
  for (;;) {
    const keys = await rooms.belongings(group.id, lot)
    await inLots(keys, (key) => rooms.remove(key))
    if (keys.length < lot) break
  }
  await groups.remove(group)
}

/** The sweeper's part: a removal that was cut short, or a group whose time of being empty is over. */
export async function finishGroup(village: Village, key: string): Promise<void> {
  const { groups, rooms } = village.store
  const group = await groups.read(key)
  if (!group) return
  if (group.deleting) return finishRemoval(village, group)
  const { emptySince, validity = 0 } = group
  if (emptySince === undefined || village.now() < emptySince + validity * 1000) return
  // That was changed since it is empty.
  if (!group.autoDelete) return void (await groups.unmarkEmpty(group))
  const left = await rooms.joined(group.id)
  // Those who were about to leave when their calls died.
  await inLots(left, (one) => tidyUp(village, group, one))
  if (left.length > 0 && (await rooms.joined(group.id)).length > 0) return void (await groups.unmarkEmpty(group))
  await removeGroup(village, group, { emptySince })
}

/** What an account has made goes with it. */
export async function removeOwned(village: Village, accountId: string): Promise<void> {
  const { groups } = village.store
  for (const key of await groups.owned(accountId)) {
    const group = await groups.read(key)
    if (group?.owner?.accountId === accountId) await removeGroup(village, group)
  }
}
