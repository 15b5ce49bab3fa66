import { inLots } from '../presence/lots.ts'
import { findSession } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group, Joined } from './group.ts'

/** Milliseconds in which a call that lets somebody join comes to its end. */
export const joiningTime = 60_000

/**
 * R12, and the sweeper may not have run yet: a session is joined while it is live and has its place in the group. What
 * stands in the group alone says nothing. Half a read, or a strong one when it does not look so.
 */
export async function isJoined(
  village: Village,
  groupId: string,
  { sessionId, id, leaving }: Joined,
): Promise<boolean> {
  if (leaving) return false
  const { session, isLive } = await findSession(village, sessionId)
  if (isLive && session?.groups?.[groupId]?.id === id) return true
  // It may have joined a moment ago.
  const now = isLive ? await findSession(village, sessionId, true) : undefined
  return now?.isLive === true && now.session?.groups?.[groupId]?.id === id
}

/** A session as it is joined in a group now, if it is. */
export async function ownJoined(
  village: Village,
  group: Pick<Group, 'id'>,
  { id, groups }: Pick<Session, 'id' | 'groups'>,
): Promise<Joined | undefined> {
  const own = await village.store.rooms.read(group.id, id)
  // The session was read a moment ago.
  const isThere = own !== undefined && !own.leaving && groups?.[group.id]?.id === own.id
  return own && (isThere || (await isJoined(village, group.id, own))) ? own : undefined
}

/** The sessions that are joined now, of those that stand in the group. */
export async function joinedNow(village: Village, groupId: string, all: readonly Joined[]): Promise<Joined[]> {
  const are = await inLots(all, (one) => isJoined(village, groupId, one))
  return all.filter((_, index) => are[index])
}

/** Each user once, though joined in several sessions. */
export const eachOnce = (all: readonly Joined[]): Joined[] => [
  ...new Map(all.map((one) => [`${one.accountId} ${one.screenName.toLowerCase()}`, one])).values(),
]
