import { type DeliveryUse, methodFor, uses } from '../messaging/acceptance.ts'
import { type Access, isBlockedInGroup, noAccess } from '../presence/access.ts'
import type { LiveSession } from '../session/liveSession.ts'
import type { InFlight, Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { isInGap, isStaleNotice, openGap, reopenGap } from './gaps.ts'
import type { Place } from './group.ts'
import type { LogEntry } from './logEntry.ts'

/** An entry of a group's log that waits for a session, or is on its way to it. */
export interface GroupNews {
  readonly groupId: string
  readonly place: Place
  readonly entry: LogEntry
}

/** What an invocation has read of the log of one group. */
export interface ReadLog {
  /** What there is for the session, oldest first. */
  readonly news: readonly GroupNews[]
  /** Everything up to this number was looked at. */
  readonly reached: number
  /** Nothing is behind it. */
  readonly isEnd: boolean
}

/** What an invocation has read of the logs of groups, by the groups' ids. */
export type ReadLogs = ReadonlyMap<string, ReadLog>

/** By what an entry is called among all that waits for a session. */
export const newsKey = (groupId: string, number: number): string => `${groupId} ${number}`

/** What of the groups is on its way to a session, with the TransactionIDs. */
export const sentNews = ({ inFlight }: Session, groupId?: string): [string, InFlight][] =>
  Object.entries(inFlight).filter(([, { group }]) => group !== undefined && (groupId ?? group) === group)

/** True when something may have been said that the session was not sent. */
export function isNewsWaiting(session: Session, groupId: string, { bell = 0, cursor }: Place): boolean {
  const sent = sentNews(session, groupId).map(([, { number }]) => number!)
  return bell > Math.max(cursor, ...sent)
}

/**
 * Reads the logs of groups, strongly, from where the session has been told: until so much is found that was not sent, or
 * the end is reached.
 *
 * @param groupIds those in which something may wait
 * @param wanted entries of each group that the session has not been sent
 */
export async function readNews(
  village: Village,
  live: LiveSession,
  groupIds: readonly string[],
  wanted: number,
): Promise<ReadLogs> {
  const { session } = live
  const read = await Promise.all(groupIds.map(async (id) => [id, await readLog(village, live, id, wanted)] as const))
  const hasMessages = read.some(([, { news }]) => news.some(({ entry }) => entry.kind === 'message'))
  const access = hasMessages ? (await village.store.access.read(session.accountId)).value : noAccess
  const isLetIn = ({ place, entry }: GroupNews) => entry.kind !== 'message' || !isKeptOut(access, place, entry)
  return new Map(read.map(([id, log]) => [id, { ...log, news: log.news.filter(isLetIn) }]))
}

const isKeptOut = (access: Access, { address }: Place, { by }: LogEntry): boolean =>
  isBlockedInGroup(access, address, by.screenName)

/**
 * The place of a session. When the call died that was to let it join, it is told nothing that was said since: it is where it
 * was when it ended (R12), or nowhere. A bell is rung for who is joined alone, and spares the look.
 */
async function standingPlace(village: Village, session: Session, groupId: string): Promise<Place> {
  const place = session.groups![groupId]!
  const isRung = (place.bell ?? 0) > place.cursor
  if (openGap(place) || (isRung && !place.gaps?.length)) return place
  const isJoined = (await village.store.rooms.read(groupId, session.id))?.id === place.id
  return isJoined ? place : { ...place, gaps: reopenGap(place) }
}

/** Entries that one poll looks at: behind a place that lags far the next one goes on. */
const lookedMax = 500

async function readLog(village: Village, live: LiveSession, groupId: string, wanted: number): Promise<ReadLog> {
  const { session } = live
  const place = await standingPlace(village, session, groupId)
  const onTheWay = sentNews(session, groupId)
  const sent = new Set(onTheWay.map(([, { number }]) => number))
  // What this invocation has heard to have come keeps nothing behind it waiting.
  const over = new Set(onTheWay.flatMap(([id, { number }]) => (live.isSettled(id) ? [number] : [])))
  const news: GroupNews[] = []
  let reached = place.cursor
  let unsent = 0
  let looked = 0
  for (let limit = wanted + sent.size + 2; ; limit *= 2) {
    const page = await village.store.groupLog.after(groupId, reached, { limit, consistent: true })
    for (const entry of page) {
      if (over.has(entry.number) || !isFor(village, session, place, entry)) continue
      news.push({ groupId, place, entry })
      if (!sent.has(entry.number)) unsent++
    }
    reached = page.at(-1)?.number ?? reached
    if (page.length < limit) return { news, reached, isEnd: true }
    looked += page.length
    if (unsent >= wanted || looked >= lookedMax) return { news, reached, isEnd: false }
  }
}

/** True for an entry that a session is to be told. */
function isFor({ settings, now }: Village, session: Session, place: Place, entry: LogEntry): boolean {
  // R12: meanwhile it was not joined.
  if (isInGap(place, entry)) return false
  if (entry.by.sessionId === session.id) return false
  if (entry.kind === 'message')
    return entry.validUntil > now() && methodFor(useOf(session, place), entry.facts, settings) !== undefined
  // protocol.md 2.6: all but the one who has done it.
  if ('actor' in entry && entry.actor === session.id) return false
  if (isStaleNotice(place, entry.number)) return false
  if (place.notices !== true || !uses('GRCHN', session, settings)) return false
  return entry.kind !== 'changed' || entry.of === undefined || entry.of === session.accountId
}

/** How a session gets the messages of a group. */
export const useOf = (session: Session, { delivery }: Place): DeliveryUse =>
  delivery ? { ...session, delivery } : session

/** True when a session has yet to be told something up to a number. One read. */
export async function hasNews(
  village: Village,
  session: Session,
  groupId: string,
  place: Place,
  upTo: number,
): Promise<boolean> {
  const done = new Set(sentNews(session, groupId).flatMap(([, one]) => (one.done ? one.number : [])))
  const entries = await village.store.groupLog.after(groupId, place.cursor, { consistent: true, upTo })
  return entries.some((entry) => !done.has(entry.number) && isFor(village, session, place, entry))
}

/**
 * Looks whether anything was said in the groups of a session whose bell was not rung, when the call died that had to; and
 * rings it. Half a read for each group.
 *
 * @returns true when something waits
 */
export async function lookForNews(village: Village, session: Session): Promise<boolean> {
  let waits = false
  for (const [groupId, place] of Object.entries(session.groups ?? {})) {
    if (isNewsWaiting(session, groupId, place) || openGap(place)) continue
    const last = await village.store.groupLog.last(groupId, false)
    const seen = Math.max(place.cursor, place.bell ?? 0, ...sentNews(session, groupId).map(([, { number }]) => number!))
    if (!last || last.number <= seen) continue
    const entries = await village.store.groupLog.after(groupId, seen, { consistent: true, limit: glance })
    const isAny = entries.length === glance || entries.some((entry) => isFor(village, session, place, entry))
    // A call that was to let it join may have died: then it has a place, and is not joined.
    const isJoined = isAny && (await village.store.rooms.read(groupId, session.id))?.id === place.id
    if (isJoined) waits = (await village.store.places.ring(session.id, groupId, place.id, last.number)) || waits
  }
  return waits
}

/** Entries that a look takes. */
const glance = 16
