import { CspError } from '../csp/cspError.ts'
import type { StatusCode } from '../csp/statusCodes.ts'
import { randomText } from '../randomText.ts'
import { findLive } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { closeGap, openGap } from './gaps.ts'
import type { Group, Joined, OwnProperties, Place } from './group.ts'
import { leave } from './leaving.ts'
import { append, lastNumber } from './log.ts'
import type { Participant } from './logEntry.ts'
import { isCrowdedOut, isFull } from './maxActiveUsers.ts'
import { privilegeOf } from './privileges.ts'
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
 *   else's, 814 the session has joined too many, 604 it is over
 */
export async function join(village: Village, group: Group, session: Session, joining: Joining): Promise<Joined> {
  const { rooms, members, ownProperties } = village.store
  const [before, ownBefore, isRejected, member] = await Promise.all([
    rooms.read(group.id, session.id),
    ownProperties.read(session.accountId, group.id),
    members.isRejected(group.id, session),
    group.restricted ? privilegeOf(village, group, session) : undefined,
  ])
  const own: OwnProperties = { ...ownBefore, ...joining.said }
  if (isRejected) {
    // The call that has rejected him has died before he was put out.
    if (before) await leave(village, group, before, before.leaving ?? { code: 809 })
    throw new CspError(809)
  }
  const place = session.groups?.[group.id]
  if (before && !before.leaving && before.id === place?.id) return rejoin(village, group, session, before, joining)
  if (group.restricted && !member) throw new CspError(803)
  if (before) await leave(village, group, before, before.leaving ?? {})
  if (!place && Object.keys(session.groups ?? {}).length >= placesMax) throw new CspError(814)
  if (await isFull(village, group, session)) throw new CspError(817)
  const screenName = checkScreenName(joining.screenName ?? own.screenName ?? session.user)
  await takeScreenName(village, group.id, screenName, session)
  const { user, accountId, id: sessionId } = session
  const after = await lastNumber(village, group)
  // R13: what was said before its session ended, and was not delivered, still comes.
  const gaps = place && openGap(place) && closeGap(place, after)
  const joined: Joined = {
    ...{ user, accountId, sessionId, screenName },
    ...{ showID: own.showID, privateMessaging: own.privateMessaging },
    id: newId(village),
    notices: joining.notices ?? session.groups?.[group.id]?.notices ?? false,
    after,
    at: village.now(),
    ...(gaps && { gaps }),
  }
  await settleIn(village, group, session, joined, joining)
  const isNew = joining.screenName !== undefined && ownBefore.screenName !== screenName
  await sayOwn(village, session, group, joining.address, { ...joining.said, ...(isNew && { screenName }) })
  await showOwn(village, group, session, joining.said ?? {})
  await sayJoined(village, group, joined, true)
  return joined
}

const newId = (village: Village): string => randomText(village.random, 9)

/** Groups in which a session is joined: they stand in its item, which is read with every request. */
export const placesMax = 100

async function settleIn(village: Village, group: Group, session: Session, joined: Joined, joining: Joining) {
  const { rooms, places, groupDelivery } = village.store
  const kept = session.groups?.[group.id]
  const delivery = session.hasGroupDelivery ? await groupDelivery.read(session, group.key) : undefined
  const place: Place = {
    address: joining.address,
    id: joined.id,
    epoch: session.epoch,
    cursor: joined.after,
    ...(joined.notices && { notices: true }),
    ...(delivery && { delivery }),
    ...(kept && joined.gaps && { cursor: kept.cursor, bell: kept.bell, gaps: joined.gaps }),
  }
  if (!(await places.take(session, group.id, place, kept?.id))) {
    // R3: it may have been restored meanwhile, and is live all the same.
    if (await findLive(village, session.id, true)) throw new CspError(503)
    await giveUpScreenName(village, group.id, joined)
    throw new CspError(604)
  }
  const hasEntered = await rooms.enter(group.id, joined)
  const refusal = hasEntered ? await refusalOf(village, group, session, joined) : 503
  if (refusal === undefined) return
  await clearAway(village, group, joined)
  throw new CspError(refusal)
}

/**
 * Looked at once more when everybody can see that it is in: the end of the session or of the group, or whoever rejects its
 * user, may have come by before there was anything to clear away.
 */
async function refusalOf(
  village: Village,
  group: Group,
  session: Session,
  joined: Joined,
): Promise<StatusCode | undefined> {
  const { groups, members } = village.store
  const [current, live, isRejected] = await Promise.all([
    groups.read(group.key),
    findLive(village, session.id, true),
    members.isRejected(group.id, session),
  ])
  if (current?.id !== group.id || current.deleting) return 800
  // Of two requests of a session at the same time the one that is first counts.
  if (live?.groups?.[group.id]?.id !== joined.id) return live ? 503 : 604
  if (isRejected) return 809
  if (current.restricted && (await privilegeOf(village, current, session)) === undefined) return 803
  if (await isCrowdedOut(village, current, session)) return 817
  return current.emptySince !== undefined && !(await groups.unmarkEmpty(group)) ? 800 : undefined
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
  await sayRenamed(village, group, before)
  // R12: what is joined after a restore is not left when the client has negotiated.
  if (session.groups?.[group.id]?.epoch !== session.epoch)
    await village.store.places.change(session.id, group.id, before.id, { epoch: session.epoch })
  await sayOwn(village, session, group, address, said)
  await showOwn(village, group, session, said)
  const named =
    screenName === undefined || before.screenName === screenName
      ? before
      : await rename(village, group, session, before, screenName, address)
  return notices === undefined || notices === named.notices ? named : wantNotices(village, group, named, notices)
}

/** What a user has said of himself others see from now on, in each of his sessions. One Query, if there is anything. */
export async function showOwn(
  village: Village,
  group: Group,
  { accountId }: Pick<Session, 'accountId'>,
  { showID, privateMessaging }: Said,
): Promise<void> {
  if (showID === undefined && privateMessaging === undefined) return
  const { rooms } = village.store
  for (const one of await rooms.joined(group.id)) {
    const shown = { showID: showID ?? one.showID, privateMessaging: privateMessaging ?? one.privateMessaging }
    const isShown = shown.showID === one.showID && shown.privateMessaging === one.privateMessaging
    if (one.accountId === accountId && !isShown) await rooms.change(group.id, one, shown)
  }
}

/** @throws CspError 808 when it has left meanwhile */
export async function wantNotices(village: Village, group: Group, joined: Joined, notices: boolean): Promise<Joined> {
  const { rooms, places } = village.store
  // What has happened before is nothing that it has asked for.
  const noticesAfter = notices && !joined.notices ? await lastNumber(village, group) : undefined
  const change = { notices, ...(noticesAfter !== undefined && { noticesAfter }) }
  await places.change(joined.sessionId, group.id, joined.id, change)
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
  const renaming = { id: newId(village), former: before.screenName, after }
  const changed = await rooms.change(group.id, before, { screenName, renaming })
  if (!changed) throw new CspError(808)
  if (!isNamed(before, screenName)) await giveUpScreenName(village, group.id, before)
  await sayRenamed(village, group, changed)
  return changed
}

/** Others are told, once, that somebody has another screen name: now, or when the call that had to has died. */
async function sayRenamed(village: Village, group: Group, joined: Joined): Promise<void> {
  if (!joined.renaming) return
  const { id, former, after } = joined.renaming
  const entry = { kind: 'renamed', id, at: village.now(), by: participant(joined), former } as const
  const number = await append(village, group, entry, after)
  await ringAll(village, group, { number, by: joined.sessionId, noticesOnly: true })
  await village.store.rooms.change(group.id, joined, { renaming: undefined })
}
