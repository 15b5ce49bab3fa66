import type { Settings } from '../settings.ts'

/** The times of a session that follow from its Keep-Alive-Time. */
export interface Spans {
  /** As granted to the client, in seconds. */
  readonly keepAliveTime: number
  /** From a stored request to the deadline, in milliseconds: Keep-Alive-Time and slack. */
  readonly liveSpan: number
  /** From a stored request to the end of the window, in seconds: Keep-Alive-Time, slack and window. */
  readonly goneSpan: number
}

/**
 * Seconds for which a request need not be stored, and by which the deadline is put off to make up for it: a fifth of
 * the Keep-Alive-Time, at most five minutes, in whole seconds. No client is cut early.
 */
export const slack = (keepAliveTime: number): number => Math.ceil(Math.min(300, keepAliveTime / 5))

/** R8: how long an ended session is kept, in seconds, counted from the moment at which it ended. */
export const retentionWindow = (keepAliveTime: number, { factor, max }: Settings['retention']): number =>
  Math.min(Math.ceil(factor * keepAliveTime), max)

export function spansOf(keepAliveTime: number, settings: Settings): Spans {
  const alive = keepAliveTime + slack(keepAliveTime)
  return { keepAliveTime, liveSpan: alive * 1000, goneSpan: alive + retentionWindow(keepAliveTime, settings.retention) }
}

/** Whole seconds since 1970 from milliseconds, rounded up, as TTL wants them (R9). */
export const toSeconds = (milliseconds: number): number => Math.ceil(milliseconds / 1000)

/** The times that a stored request sets. `now` in milliseconds. */
export const touched = (now: number, spans: Spans) => ({
  lastSeen: now,
  liveUntil: now + spans.liveSpan,
  expiresAt: toSeconds(now) + spans.goneSpan,
})

/** True when a request that comes now has to be stored. */
export const needsTouch = (now: number, session: Spans & { readonly lastSeen: number }): boolean =>
  now - session.lastSeen > slack(session.keepAliveTime) * 1000

/** R8: the end of the window of a session that ends now, by logout or Disconnect, in seconds since 1970. */
export const windowEnd = (now: number, { liveSpan, goneSpan }: Spans): number =>
  toSeconds(now) + goneSpan - liveSpan / 1000

/** The Keep-Alive-Time that a client gets for the TimeToLive it asks for: within the operator's range. */
export const grantKeepAlive = (asked: number, { min, max }: Settings['keepAlive']): number =>
  Math.min(Math.max(Math.floor(asked), min), max)

/** How far ahead the session's other items expire, in seconds: two windows, at least a day. */
const companionSpan = ({ goneSpan }: Spans): number => Math.max(2 * goneSpan, 86400)

/** When the session's other items may be collected; for garbage collection only. Seconds since 1970. */
export const companionExpiry = (now: number, spans: Spans): number => toSeconds(now) + companionSpan(spans)

/** True when less than half is left of what the other items have beyond the session itself. */
export function companionsNeedRenewal(now: number, session: Spans & { readonly companionsExpireAt: number }): boolean {
  const spare = session.companionsExpireAt - toSeconds(now) - session.goneSpan
  return spare < (companionSpan(session) - session.goneSpan) / 2
}
