import { CspError } from '../csp/cspError.ts'
import { randomText } from '../randomText.ts'
import type { Consequence } from '../session/ending.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { findLive } from '../session/lookup.ts'
import { isAgreed } from '../session/offered.ts'
import type { Restoration } from '../session/reestablishment.ts'
import type { Session } from '../session/session.ts'
import type { OwnGroup } from '../store/ownProperties.ts'
import { ignoreFailedCondition } from '../store/table.ts'
import type { Village } from '../village.ts'
import { groupKeyIn } from './finding.ts'
import { openGap } from './gaps.ts'
import type { Group, Joined, Place } from './group.ts'
import { join } from './joining.ts'
import { leave } from './leaving.ts'
import { lastNumber } from './log.ts'
import { hasNews } from './news.ts'

/** R12: before a session ends for good the server takes it out of all groups in which it is joined. */
export const leaveGroups: Consequence = async (village, session) => {
  // The sweeper comes by some time after the deadline; what is said meanwhile is nothing for it.
  const ended = session.endReason === 'expired' ? session.liveUntil : village.now()
  for (const [groupId, place] of Object.entries(session.groups ?? {})) {
    const found = await findJoined(village, session, groupId, place)
    if (found) await leave(village, found.group, found.joined, { ended })
  }
}

/** The group of a place while the session stands in it, with what it is there. */
async function findJoined(
  village: Village,
  session: Session,
  groupId: string,
  place: Place,
): Promise<{ readonly group: Group; readonly joined: Joined } | undefined> {
  const joined = await village.store.rooms.read(groupId, session.id)
  if (joined?.id !== place.id) return undefined
  const key = groupKeyIn(village, place.address)
  const group = key === undefined ? undefined : await village.store.groups.read(key)
  if (group?.id === groupId) return group.deleting ? undefined : { group, joined }
  // It came in while the group was removed.
  return void (await village.store.rooms.leave(groupId, joined))
}

/** R12: with CapabilityRequest F groups are left and joined in the restore itself; otherwise after the Service-Response. */
export const restoreGroups: Restoration = async (village, session) => {
  if (session.capabilityPending) return false
  const waits = await settleGroups(village, session)
  // 1.3 negotiates within the login as well.
  if (session.groupsPending && hasAgreed(session)) await noMorePending(village, session)
  return waits
}

/** The same for a plain login that has agreed on GroupFeat within itself (1.3). */
export async function joinAtLogin(village: Village, session: Session): Promise<boolean> {
  if (!hasAgreed(session)) return false
  const waits = await settleGroups(village, session)
  await noMorePending(village, session)
  return waits
}

const hasAgreed = (session: Session): boolean => session.functions !== undefined && isAgreed('MG', session)

const noMorePending = ({ store, now }: Village, session: Session) =>
  store.sessions.touch(session, now(), { groupsPending: undefined }).catch(ignoreFailedCondition)

/**
 * R12: what is left of earlier is left, but for groups that are AutoJoin; those whose AutoJoin is T are joined. A group
 * in which the session is still joined sees neither leave nor join. Can be done twice.
 *
 * @param session as it was read strongly, or written, a moment ago
 * @param known the groups to join, if they were just read
 * @returns true when something of the groups waits for the session
 */
export async function settleGroups(village: Village, session: Session, known?: OwnGroup[]): Promise<boolean> {
  const joins = isAgreed('MG', session) ? (known ?? (await autoJoinsOf(village, session))) : []
  if (joins.length === 0 && !hasPlaces(session)) return false
  for (const [groupId, place] of Object.entries(session.groups ?? {}))
    if (place.epoch < session.epoch) await settlePlace(village, session, groupId, place, joins)
  const current = await findLive(village, session.id, true)
  if (!current) throw new CspError(604)
  for (const one of joins) await autoJoin(village, current, one)
  return isToldOfAny(village, current)
}

/** True when there is anything to fetch: a bell may have been rung for what is not told any more (R13). */
async function isToldOfAny(village: Village, session: Session): Promise<boolean> {
  for (const [groupId, place] of Object.entries(session.groups ?? {})) {
    const { bell = 0, cursor } = place
    if (bell > cursor && (await hasNews(village, session, groupId, place, bell))) return true
  }
  return false
}

/** The groups whose AutoJoin is T for a user. One Query. */
const autoJoinsOf = async ({ store }: Village, { accountId }: Session): Promise<OwnGroup[]> =>
  (await store.ownProperties.all(accountId)).filter(({ autoJoin }) => autoJoin)

/**
 * What there will be to join when these functions are agreed on. None, as for most who log in, means that nothing is left
 * to do. Any read will do for the session: one of its epoch shows the places of earlier ones.
 *
 * @returns undefined when there is nothing to join yet, or something to leave first
 */
export async function pendingJoins(village: Village, session: Session): Promise<OwnGroup[] | undefined> {
  if (!session.groupsPending || !hasAgreed(session) || hasPlaces(session)) return undefined
  return autoJoinsOf(village, session)
}

const hasPlaces = ({ groups = {} }: Session): boolean => Object.keys(groups).length > 0

/**
 * R12: after a plain login, and a restore in which capabilities had to be negotiated, groups are left and joined when a
 * Service-Response has agreed on functions; joined only when GroupFeat is among them.
 */
export async function settlePendingGroups(
  village: Village,
  live: LiveSession,
  known: OwnGroup[] | undefined,
): Promise<boolean> {
  if (!live.session.groupsPending) return false
  if (!hasAgreed(live.session) && !hasPlaces(live.session)) return false
  await live.readStrongly()
  const { session } = live
  const waits = await settleGroups(village, session, known)
  if (hasAgreed(session)) await live.change({ groupsPending: undefined })
  return waits
}

async function settlePlace(
  village: Village,
  session: Session,
  groupId: string,
  place: Place,
  joins: readonly OwnGroup[],
): Promise<void> {
  const { places } = village.store
  const found = await findJoined(village, session, groupId, place)
  const stays = found && !found.joined.leaving && joins.some((one) => one.groupId === groupId)
  if (stays) {
    // R13: what was to be told of others before the restore is not told any more.
    const noticesAfter = place.notices ? await lastNumber(village, found.group) : undefined
    return void (await places.change(session.id, groupId, place.id, {
      epoch: session.epoch,
      ...(noticesAfter !== undefined && { noticesAfter }),
    }))
  }
  if (found) await leave(village, found.group, found.joined, { ended: village.now() })
  const left = (await findLive(village, session.id, true))?.groups?.[groupId]
  if (left?.id !== place.id) return
  // R13: what was said while it was there, and was not delivered, comes again.
  const until = openGap(left)?.from
  const waits = until !== undefined && (await hasNews(village, session, groupId, left, until))
  // R10: what is joined again is as it was: its delivery method, and whether it is told who comes and goes.
  if (!waits && joins.some((one) => one.groupId === groupId)) return
  if (waits) await places.change(session.id, groupId, place.id, { bell: until })
  else await places.remove(session.id, groupId, place.id)
}

/** Joins a group unless it is joined. A group that does not let the user in is left alone. */
async function autoJoin(village: Village, session: Session, { groupId, key, address }: OwnGroup): Promise<void> {
  const place = session.groups?.[groupId]
  if (place && !openGap(place)) {
    const joined = await village.store.rooms.read(groupId, session.id)
    // Otherwise a call that was to join it has died.
    if (joined?.id === place.id && joined.number !== undefined && !joined.leaving) return
  }
  const group = await village.store.groups.read(key)
  // The group is gone, and with it what was said of it.
  if (group?.id !== groupId) return village.store.ownProperties.remove(session.accountId, groupId)
  if (group.deleting) return
  try {
    await joinUnderAnyName(village, group, session, address)
  } catch (error) {
    if (!(error instanceof CspError) || error.code === 604 || error.code === 503) throw error
  }
}

/** R12 knows no exception for a screen name that somebody else has meanwhile: then it is the user's name, or one like it. */
async function joinUnderAnyName(village: Village, group: Group, session: Session, address: string): Promise<void> {
  const { user } = session
  const others = [undefined, user, `${user} ${randomText(village.random, 3)}`]
  for (const [index, screenName] of others.entries()) {
    try {
      return void (await join(village, group, session, { address, ...(screenName && { screenName }) }))
    } catch (error) {
      const isTaken = error instanceof CspError && error.code === 811
      if (!isTaken || index === others.length - 1) throw error
    }
  }
}
