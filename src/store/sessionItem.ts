import { toSeconds, touched } from '../session/retention.ts'
import type { InFlight, Session } from '../session/session.ts'
import { hotKey, idOfSession, sessionPk, sweepShardOf } from './keys.ts'
import { attribute, type Change, type Item, type Value } from './table.ts'

/** Conditions of hot items. */
export const isLive = attribute('state').is('live')
export const epochIs = ({ epoch }: Session) => attribute('epoch').is(epoch)

/** Written into every item, so that old and new code can run side by side during a deployment. */
export const schemaVersion = 1

/** Seconds that a crashed invocation is given before the sweeper finishes its work; no invocation lasts that long. */
export const repairDelay = 20

/** What a change may set; undefined removes. */
export type SessionChange = Partial<Omit<Session, 'id' | 'epoch' | 'inFlight' | 'groups'>> & {
  /** Server transactions that are sent now (their state) or settled (undefined), by TransactionID. */
  readonly inFlight?: Readonly<Record<string, InFlight | undefined>>
  /** How far it has been told of its groups, by their ids. */
  readonly cursors?: Readonly<Record<string, number>>
}

/** Where and when the sweeper looks. Milliseconds since 1970. */
export const sweepKeys = (id: string, sweepAt: number) => ({ sweepShard: sweepShardOf(sessionPk(id)), sweepAt })
/** No login has anything left to do. */
export const noTakeover = { takeover: undefined, replaces: undefined }
/** Nothing is left for the sweeper. */
export const noSweepKeys = { sweepShard: undefined, sweepAt: undefined, ...noTakeover }

/** A session that another takes the place of, in the epoch in which it was seen live: restored since, it stays. */
export interface Replaced {
  readonly id: string
  readonly epoch?: number
}

/** What a login has yet to do when the session is written: make it the one of its ClientID, and end another. */
export interface Takeover {
  readonly replaces?: Replaced
}

/** Where a takeover is still to come the sweeper looks soon, in case of a crash; otherwise at the deadline. */
export const takeoverKeys = ({ id, liveUntil }: Session, now: number, takeover: Takeover | undefined) =>
  takeover
    ? { ...sweepKeys(id, now + repairDelay * 1000), takeover: true, replaces: takeover.replaces as Value | undefined }
    : { ...sweepKeys(id, liveUntil), ...noTakeover }

/** Attributes of a hot item that are the store's own business. */
const storeFields = new Set(['pk', 'sk', 'schemaVersion', 'writeId', 'sweepShard', 'sweepAt', 'takeover', 'replaces'])

/** A session as a hot item. */
export const toItem = ({ id, ...rest }: Session): Item => ({ ...hotKey(id), schemaVersion, ...definedValues(rest) })

/** A hot item as a session. */
export function toSession(item: Item): Session {
  const fields = Object.entries(item).filter(([name]) => !storeFields.has(name))
  return { ...(Object.fromEntries(fields) as unknown as Session), id: idOfSession(item.pk) }
}

/** A session, and what its login may have left undone. */
export interface StoredSession {
  readonly session: Session
  readonly takeover?: Takeover
}

export const toStored = (item: Item): StoredSession => ({
  session: toSession(item),
  ...(item.takeover === true && { takeover: { replaces: item.replaces as Replaced | undefined } }),
})

/** The members that have a value. */
export const definedValues = (record: object): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

function toSet({ inFlight = {}, cursors = {}, ...rest }: SessionChange): Record<string, Value | undefined> {
  const paths = Object.entries(inFlight).map(([id, value]) => [`inFlight.${id}`, value as Value | undefined])
  const read = Object.entries(cursors).map(([groupId, cursor]) => [`groups.${groupId}.cursor`, cursor])
  return { ...(rest as Record<string, Value | undefined>), ...Object.fromEntries([...paths, ...read]) }
}

/** The change that stores a request: its times, and what else it sets. Without new spans the item's own count. */
export function touchChange(session: Session, now: number, change: SessionChange): Change {
  const { liveUntil, expiresAt, lastSeen } = touched(now, { ...session, ...change })
  const isEarlier = liveUntil < session.liveUntil || (change.liveSpan ?? session.liveSpan) < session.liveSpan
  // A touch never moves the sweeper's look, unless it has to come sooner; and never further away than that of a login
  // that has something left to do, which nobody here knows of.
  const earlier = isEarlier ? sweepKeys(session.id, Math.min(liveUntil, now + repairDelay * 1000)) : {}
  const set = { ...toSet(change), lastSeen, ...earlier }
  if (change.liveSpan !== undefined) return { set: { ...set, liveUntil, expiresAt } }
  return {
    set,
    sum: {
      liveUntil: { attribute: 'liveSpan', plus: now },
      expiresAt: { attribute: 'goneSpan', plus: toSeconds(now) },
    },
  }
}

/**
 * Messages that were sent and not acknowledged, as if they had yet to be sent: each keeps its TransactionID. What is told
 * of groups is looked at when it is read.
 */
export const sentAgain = ({ inFlight }: Session): Record<string, InFlight> =>
  Object.fromEntries(
    Object.entries(inFlight)
      .filter(([, { message, group }]) => message !== undefined || group !== undefined)
      .map(([id, one]) => [id, { ...one, tries: 0, sentAt: 0 }]),
  )
