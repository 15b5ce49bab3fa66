import type { Slot } from '../presence/subscription.ts'
import { type InFlight, type Session, usableCapabilities } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { SessionView } from '../store/sessions.ts'
import { serverTransactions } from './serverTransactions.ts'

/** How often a server transaction is sent in all before it is given up: a client that never acknowledges blocks nothing. */
export const triesMax = 4

/** After so many tries an entry goes behind those that were tried less. */
const triesInFront = 2

/**
 * Something that waits for a client: an entry of the queue, or news of a user's presence. A slot gets its TransactionID
 * when it is sent; one that has changed since it was sent is another, and gets another.
 */
export type Pending = { readonly sent?: InFlight } & (
  | { readonly entry: QueueEntry; readonly transactionId: number }
  | { readonly slot: Slot; readonly transactionId?: number }
)

/** All that waits in a session, in the order in which it was opened, news of presence after the rest. */
export function pendingOf({ session, queue, slots }: SessionView): Pending[] {
  const entries = [...queue]
    .sort((a, b) => a.order - b.order)
    .map((entry) => ({ entry, transactionId: entry.transactionId, sent: session.inFlight[entry.transactionId] }))
  return [...entries, ...[...slots].sort((a, b) => a.at - b.at).map((slot) => pendingSlot(session, slot))]
}

function pendingSlot({ inFlight }: Session, slot: Slot): Pending {
  const [id, sent] =
    Object.entries(inFlight).find(([, one]) => one.slot === slot.user && one.stamp === slot.stamp) ?? []
  return { slot, ...(id !== undefined && { transactionId: Number(id), sent }) }
}

/**
 * Milliseconds before an unacknowledged server transaction is sent again: twice as long after each try, starting with
 * the client's poll interval within one and ten seconds. Some clients poll again before they acknowledge, so an entry
 * that was just sent is not waiting.
 */
export function resendAfter(session: Session, tries: number): number {
  const interval = Math.min(Math.max(usableCapabilities(session).serverPollMin ?? 10, 1), 10)
  return interval * 1000 * 2 ** (tries - 1)
}

/** R13: queued before the session ended, and nothing that comes again. News of presence is read when it is sent. */
const isStale = (session: Session, pending: Pending): boolean =>
  'entry' in pending && pending.entry.epoch < session.epoch && !pending.entry.survivesRestore

/** True when a client has had its tries and its time to acknowledge the last one. */
const isGivenUp = (session: Session, { sent }: Pending, now: number): boolean =>
  sent !== undefined && sent.tries >= triesMax && now - sent.sentAt >= resendAfter(session, 1)

/** R4: no content is pushed to a client that has yet to say what it can take. A kind of a newer release waits for that. */
function isHeld(session: Session, pending: Pending): boolean {
  if ('slot' in pending) return false
  const kind = serverTransactions[pending.entry.kind]
  return kind === undefined || (session.capabilityPending === true && kind.pushesContent(session.version))
}

function isDue(session: Session, pending: Pending, now: number): boolean {
  if (isHeld(session, pending)) return false
  const { sent } = pending
  if (!sent) return true
  return sent.tries < triesMax && now - sent.sentAt >= resendAfter(session, sent.tries)
}

/**
 * News of presence that is on its way at a time: what is sent and not acknowledged stands in the session, which is
 * written with every poll.
 */
const slotsSentMax = 32

/** News of presence that has not been sent yet, or has changed since. */
export const isUnsentSlot = (pending: Pending): boolean => 'slot' in pending && !pending.sent

/** How many of those may be sent. */
export const roomForSlots = (view: SessionView): number =>
  slotsSentMax - pendingOf(view).filter((one) => 'slot' in one && one.sent).length

/** What may be sent now, first things first: in the order of opening, those with two tries and more behind the others. */
export function deliverable(view: SessionView, now: number): Pending[] {
  const { session } = view
  const all = pendingOf(view)
  const isFull = roomForSlots(view) <= 0
  const isHeldBack = (one: Pending) => isFull && isUnsentSlot(one)
  const due = all.filter((one) => !isHeldBack(one) && !isStale(session, one) && isDue(session, one, now))
  const isBehind = ({ sent }: Pending) => (sent?.tries ?? 0) >= triesInFront
  return [...due.filter((one) => !isBehind(one)), ...due.filter(isBehind)]
}

/** What has to be cleared away: stale entries and given-up ones. */
export const disposable = (view: SessionView, now: number): Pending[] =>
  pendingOf(view).filter((one) => isStale(view.session, one) || isGivenUp(view.session, one, now))
