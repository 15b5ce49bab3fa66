import { sentMessages } from '../messaging/inbox.ts'
import type { InboxEntry } from '../messaging/message.ts'
import type { Slot } from '../presence/subscription.ts'
import type { InFlight, Session } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { SessionView } from '../store/sessions.ts'
import { resendAfter, triesMax } from './resending.ts'
import { serverTransactions } from './serverTransactions.ts'

/** After so many tries an entry goes behind those that were tried less. */
const triesInFront = 2

/**
 * Something that waits for a client: an entry of the queue, one of the inbox of its account, or news of a user's
 * presence. The latter two get their TransactionIDs when they are sent; a slot that has changed since is another, and
 * gets another.
 */
export type Pending = { readonly sent?: InFlight } & (
  | { readonly entry: QueueEntry; readonly transactionId: number }
  | { readonly mail: InboxEntry; readonly transactionId?: number }
  | { readonly slot: Slot; readonly transactionId?: number }
)

/** All that waits in a session: what was opened for it in that order, then messages, then news of presence. */
export function pendingOf({ session, queue, slots, mail }: SessionView): Pending[] {
  const entries = [...queue]
    .sort((a, b) => a.order - b.order)
    .map((entry) => ({ entry, transactionId: entry.transactionId, sent: session.inFlight[entry.transactionId] }))
  const taken = new Set([...Object.keys(session.inFlight).map(Number), ...queue.map((one) => one.transactionId)])
  const messages = (mail?.entries ?? []).map((entry) => ({
    mail: entry,
    ...formerly(session, entry, taken),
    ...sentAs(session, ({ message }) => message === entry.key),
  }))
  return [...entries, ...messages, ...[...slots].sort((a, b) => a.at - b.at).map((slot) => pendingSlot(session, slot))]
}

/** R13: what the session was sent before it came back, until it was given up, comes under the same TransactionID. */
function formerly({ id }: Session, { told }: InboxEntry, taken: ReadonlySet<number>) {
  const transactionId = told[id]?.transactionId
  return transactionId === undefined || taken.has(transactionId) ? {} : { transactionId }
}

const pendingSlot = (session: Session, slot: Slot): Pending => ({
  slot,
  ...sentAs(session, (one) => one.slot === slot.user && one.stamp === slot.stamp),
})

/** The number under which something was sent, if it was. */
function sentAs({ inFlight }: Session, is: (one: InFlight) => boolean) {
  const [id, sent] = Object.entries(inFlight).find(([, one]) => is(one)) ?? []
  return id === undefined ? {} : { transactionId: Number(id), sent }
}

/** R13: queued before the session ended, and nothing that comes again. News of presence is read when it is sent. */
const isStale = (session: Session, pending: Pending): boolean =>
  'entry' in pending && pending.entry.epoch < session.epoch && !pending.entry.survivesRestore

/** True when a client has had its tries and its time to acknowledge the last one. */
export const isGivenUp = (session: Session, { sent }: Pick<Pending, 'sent'>, now: number): boolean =>
  sent !== undefined && sent.tries >= triesMax && now - sent.sentAt >= resendAfter(session, 1)

/** R4: no content is pushed to a client that has yet to say what it can take. A kind of a newer release waits for that. */
function isHeld(session: Session, pending: Pending): boolean {
  if (!('entry' in pending)) return false
  const kind = serverTransactions[pending.entry.kind]
  return kind === undefined || (session.capabilityPending === true && kind.pushesContent(session.version))
}

const isDue = (session: Session, pending: Pending, now: number): boolean =>
  !isHeld(session, pending) && (!pending.sent || isDueAgain(session, pending.sent, now))

/** True when what was sent is to be sent again. */
export const isDueAgain = (session: Session, { tries, sentAt }: InFlight, now: number): boolean =>
  tries < triesMax && now - sentAt >= resendAfter(session, tries)

/**
 * True for a message that keeps those after it waiting: its answer may have been lost, and nobody is to see them out of
 * order. A client that is known to acknowledge is waited for until it has had all its tries; one that never has, until
 * the first have come to nothing; one that is known not to, never (clients.md 23).
 */
const isAwaited = ({ acknowledges }: Session, { tries }: InFlight): boolean => acknowledges ?? tries < triesInFront

/** Messages that are on their way at a time: they stand in the session, which is written with every poll. */
const mailSentMax = 16

/** Of messages what may be sent now: none before an earlier one that is awaited. */
function dueInOrder(session: Session, mail: readonly Pending[], now: number): Pending[] {
  const awaited = mail.findIndex(
    (one) => one.sent && isAwaited(session, one.sent) && !isDue(session, one, now) && !isGivenUp(session, one, now),
  )
  let room = mailSentMax - mail.filter((one) => one.sent).length
  return mail
    .slice(0, awaited < 0 ? undefined : awaited)
    .filter((one) => isDue(session, one, now) && (one.sent !== undefined || room-- > 0))
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
  const mail = new Set(
    dueInOrder(
      session,
      all.filter((one) => 'mail' in one),
      now,
    ),
  )
  const due = all.filter(
    (one) => !isHeldBack(one) && !isStale(session, one) && ('mail' in one ? mail.has(one) : isDue(session, one, now)),
  )
  const isBehind = (one: Pending) => (one.sent?.tries ?? 0) >= triesInFront && !('mail' in one && session.acknowledges)
  return [...due.filter((one) => !isBehind(one)), ...due.filter(isBehind)]
}

/** True when something is in the inbox that was not sent yet, or has to be sent again. */
export function isMailWaiting(session: Session, now: number): boolean {
  if (session.capabilityPending) return false
  const rings = session.bell !== undefined && (session.quietUntil ?? 0) <= now
  return rings || sentMail(session).some((sent) => isDueAgain(session, sent, now))
}

/** The same, or when something that was sent has to be given up. */
export const isMailDue = (session: Session, now: number): boolean =>
  isMailWaiting(session, now) ||
  (session.capabilityPending !== true && sentMail(session).some((sent) => isGivenUp(session, { sent }, now)))

const sentMail = (session: Session): InFlight[] => [...sentMessages(session).values()]

/** What has to be cleared away: stale entries and given-up ones. */
export const disposable = (view: SessionView, now: number): Pending[] =>
  pendingOf(view).filter((one) => isStale(view.session, one) || isGivenUp(view.session, one, now))
