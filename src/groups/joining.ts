import { CspError } from '../csp/cspError.ts'
import { findLive } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group, Joined, OwnProperties, Place } from './group.ts'
import { eachOnce, joinedNow } from './joinedUsers.ts'
import { leave } from './leaving.ts'
import { append, lastNumber } from './log.ts'
import type { Participant } from './logEntry.ts'
import { ringAll } from './ringing.ts'
import { sayOwn } from './saying.ts'
import { checkScreenName, giveUpScreenName, isNamed, takeScreenName } from './screenNames.ts'

/** How a session wants to join a group. */
export interface Joining {
  /** The GroupID as the client wrote it. */
  readonly address: string
  /** Absent: the one that the user had last, or the user's name. */
  readonly screenName?: string
  /** It wants to be told who comes and goes; absent: as before. */
  readonly notices?: boolean
  /** What the user says of the group with it. */
  readonly said?: Said
}

/** Own properties, as far as something is said of them. */
export type Said = { readonly [Name in keyof OwnProperties]?: OwnProperties[Name] | undefined }

/** Who a joined session is for the others. */
export const participant = ({ user, accountId, sessionId, screenName, showID }: Joined): Participant => ({
  user,
  accountId,
  sessionId,
  screenName,
  showID,
})

/**
 * A session joins a group. Steps that can be done twice, so that a request that is repeated because its call died ends
 * where the first would have:
 *
 *     screen name ── place in the session ── joined session in the group ── entry in the log ── bells
 *
 * Only with both the place and the joined session it is joined. When it is joined already that is answered as a join.
 *
 * @throws CspError 800 no such group, 809 rejected, 803 restricted to members, 817 full, 811 the screen name is somebody
 *   else's, 604 the session is over
 */
export async function join(village: Village, group: Group, session: Session, joining: Joining): Promise<Joined> {
  const { rooms, members, ownProperties } = village.store
  const [before, ownBefore, isRejected, member] = await Promise.all([
    rooms.read(group.id, session.id),
    ownProperties.read(session.accountId, group.id),
    members.isRejected(group.id, session),
    group.restricted ? members.find(group.id, session) : undefined,
  ])
  const own: OwnProperties = { ...ownBefore, ...joining.said }
  if (isRejected) throw new CspError(809)
  if (group.restricted && !member) throw new CspError(803)
  const place = session.groups?.[group.id]
  if (before && !before.leaving && before.id === place?.id) return rejoin(village, group, session, before, joining)
  if (before) await leave(village, group, before, before.leaving ?? {})
  await checkRoom(village, group, session)
  const screenName = checkScreenName(joining.screenName ?? own.screenName ?? session.user)
  await takeScreenName(village, group.id, screenName, session)
  const { user, accountId, id: sessionId } = session
  const joined: Joined = {
    ...{ user, accountId, sessionId, screenName },
    ...{ showID: own.showID, privateMessaging: own.privateMessaging },
    id: newId(village),
    notices: joining.notices ?? session.groups?.[group.id]?.notices ?? false,
    after: await lastNumber(village, group),
    at: village.now(),
  }
  await settleIn(village, group, session, joined, joining)
  const isNew = joining.screenName !== undefined && ownBefore.screenName !== screenName
  await sayOwn(village, session, group, joining.address, { ...joining.said, ...(isNew && { screenName }) })
  await sayJoined(village, group, joined, true)
  return joined
}

const newId = (village: Village): string => Buffer.from(village.random(9)).toString('base64url')

/** @throws CspError 817 */
async function checkRoom(village: Village, group: Group, { id, accountId }: Session) {
  if (group.maxActiveUsers === undefined) return
  const others = (await village.store.rooms.joined(group.id)).filter(({ sessionId }) => sessionId !== id)
  if (others.length < group.maxActiveUsers) return
  const users = eachOnce(await joinedNow(village, group.id, others))
  // A second session of a user takes no room.
  const isThere = users.some((one) => one.accountId === accountId)
  if (!isThere && users.length >= group.maxActiveUsers) throw new CspError(817)
}

async function settleIn(village: Village, group: Group, session: Session, joined: Joined, joining: Joining) {
  const { rooms, places, groups, groupDelivery } = village.store
  const kept = session.groups?.[group.id]
  const delivery = session.hasGroupDelivery ? await groupDelivery.read(session, group.key) : undefined
  const place: Place = {
    address: joining.address,
    id: joined.id,
    epoch: session.epoch,
    cursor: joined.after,
    ...(joined.notices && { notices: true }),
    ...(delivery && { delivery }),
    // R13: what was said before its session ended, and was not delivered, still comes.
    ...(kept?.gap &&
      kept.gap.to === undefined && { cursor: kept.cursor, bell: kept.bell, gap: { ...kept.gap, to: joined.after } }),
  }
  if (!(await places.take(session, group.id, place))) throw new CspError(604)
  await rooms.enter(group.id, joined)
  const [current, live] = await Promise.all([groups.read(group.key), findLive(village, session.id, true)])
  const isThere = current?.id === group.id && !current.deleting
  // The end of the session, or of the group, may have come by before there was anything to clear away.
  if (!isThere || live?.groups?.[group.id]?.id !== joined.id) {
    await clearAway(village, group, joined)
    // Of two requests of a session at the same time the later one counts.
    throw new CspError(!isThere ? 800 : live ? 503 : 604)
  }
  if (current.emptySince !== undefined && !(await groups.unmarkEmpty(group))) {
    await clearAway(village, group, joined)
    throw new CspError(800)
  }
}

async function clearAway(village: Village, group: Group, joined: Joined): Promise<void> {
  const { rooms, places } = village.store
  await places.remove(joined.sessionId, group.id, joined.id)
  await rooms.leave(group.id, joined)
  await giveUpScreenName(village, group.id, joined)
}

/** Others are told, once. @param isFirst nobody can have said so before */
export async function sayJoined(village: Village, group: Group, joined: Joined, isFirst = false): Promise<void> {
  const by = participant(joined)
  const entry = { kind: 'joined', id: joined.id, at: village.now(), by } as const
  const number = await append(village, group, entry, joined.after, isFirst)
  await village.store.rooms.change(group.id, joined, { number })
  await ringAll(village, group, { number, by: joined.sessionId, noticesOnly: true })
}

/** It is joined already: another screen name is taken, notices are switched on, and what a dead call left is made good. */
async function rejoin(
  village: Village,
  group: Group,
  session: Session,
  before: Joined,
  { screenName, notices, address, said = {} }: Joining,
): Promise<Joined> {
  if (before.number === undefined) await sayJoined(village, group, before)
  await sayOwn(village, session, group, address, said)
  await showOwn(village, group, before, said)
  const named =
    screenName === undefined || before.screenName === screenName
      ? before
      : await rename(village, group, session, before, screenName, address)
  return notices === undefined || notices === named.notices ? named : wantNotices(village, group, named, notices)
}

/** What a user has said of himself others see from now on. */
export async function showOwn(village: Village, group: Group, joined: Joined, said: Said): Promise<void> {
  const { showID = joined.showID, privateMessaging = joined.privateMessaging } = said
  if (showID !== joined.showID || privateMessaging !== joined.privateMessaging)
    await village.store.rooms.change(group.id, joined, { showID, privateMessaging })
}

/** @throws CspError 808 when it has left meanwhile */
export async function wantNotices(village: Village, group: Group, joined: Joined, notices: boolean): Promise<Joined> {
  const { rooms, places } = village.store
  await places.change(joined.sessionId, group.id, joined.id, { notices })
  const changed = await rooms.change(group.id, joined, { notices })
  if (!changed) throw new CspError(808)
  return changed
}

/**
 * Gives a joined user another screen name; the others see who it was.
 *
 * @throws CspError 811 when it is somebody else's, 808 when it has left meanwhile
 */
export async function rename(
  village: Village,
  group: Group,
  session: Session,
  before: Joined,
  screenName: string,
  address: string,
): Promise<Joined> {
  const { rooms } = village.store
  await takeScreenName(village, group.id, checkScreenName(screenName), session)
  await sayOwn(village, session, group, address, { screenName })
  const after = await lastNumber(village, group)
  const changed = await rooms.change(group.id, before, { screenName })
  if (!changed) throw new CspError(808)
  if (!isNamed(before, screenName)) await rooms.releaseName(group.id, before.screenName, before.sessionId)
  const id = newId(village)
  const entry = { kind: 'renamed', id, at: village.now(), by: participant(changed), former: before.screenName } as const
  const number = await append(village, group, entry, after)
  await ringAll(village, group, { number, by: session.id, noticesOnly: true })
  return changed
}
