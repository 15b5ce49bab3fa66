import { type Session, usableCapabilities } from '../session/session.ts'

/** How often a server transaction is sent in all before it is given up: a client that never acknowledges blocks nothing. */
export const triesMax = 4

/**
 * Milliseconds before an unacknowledged server transaction is sent again: twice as long after each try, starting with
 * the client's poll interval within one and ten seconds. Some clients poll again before they acknowledge, so an entry
 * that was just sent is not waiting.
 */
export function resendAfter(session: Session, tries: number): number {
  const interval = Math.min(Math.max(usableCapabilities(session).serverPollMin ?? 10, 1), 10)
  return interval * 1000 * 2 ** (tries - 1)
}
