import { type Session, usableCapabilities } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import { serverTransactions } from './serverTransactions.ts'

/** How often a server transaction is sent in all before it is given up: a client that never acknowledges blocks nothing. */
export const triesMax = 4

/** After so many tries an entry goes behind those that were tried less. */
const triesInFront = 2

/**
 * Milliseconds before an unacknowledged server transaction is sent again: twice as long after each try, starting with
 * the client's poll interval within one and ten seconds. Some clients poll again before they acknowledge, so an entry
 * that was just sent is not waiting.
 */
export function resendAfter(session: Session, tries: number): number {
  const interval = Math.min(Math.max(usableCapabilities(session).serverPollMin ?? 10, 1), 10)
  return interval * 1000 * 2 ** (tries - 1)
}

/** R13: queued before the session ended, and nothing that comes again. */
export const isStale = (session: Session, entry: QueueEntry): boolean =>
  entry.epoch < session.epoch && !entry.survivesRestore

const triesOf = (session: Session, entry: QueueEntry): number => session.inFlight[entry.transactionId]?.tries ?? 0

/** True when a client has had its tries and its time to acknowledge the last one. */
export function isGivenUp(session: Session, entry: QueueEntry, now: number): boolean {
  const sent = session.inFlight[entry.transactionId]
  return sent !== undefined && sent.tries >= triesMax && now - sent.sentAt >= resendAfter(session, 1)
}

/** R4: no content is pushed to a client that has yet to say what it can take. A kind of a newer release waits for that. */
function isHeld(session: Session, entry: QueueEntry): boolean {
  const kind = serverTransactions[entry.kind]
  return kind === undefined || (session.capabilityPending === true && kind.pushesContent(session.version))
}

function isDue(session: Session, entry: QueueEntry, now: number): boolean {
  if (isHeld(session, entry)) return false
  const sent = session.inFlight[entry.transactionId]
  if (!sent) return true
  return sent.tries < triesMax && now - sent.sentAt >= resendAfter(session, sent.tries)
}

/** What may be sent now, first things first: in the order of opening, those with two tries and more behind the others. */
export function deliverable(session: Session, queue: readonly QueueEntry[], now: number): QueueEntry[] {
  const behind = (entry: QueueEntry) => (triesOf(session, entry) >= triesInFront ? 1 : 0)
  return queue
    .filter((entry) => !isStale(session, entry) && isDue(session, entry, now))
    .sort((a, b) => behind(a) - behind(b) || a.order - b.order)
}

/** What has to be cleared away: stale entries and given-up ones. */
export const disposable = (session: Session, queue: readonly QueueEntry[], now: number): QueueEntry[] =>
  queue.filter((entry) => isStale(session, entry) || isGivenUp(session, entry, now))
