import { type GroupNews, isNewsWaiting, newsKey, sentNews } from '../groups/news.ts'
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
 * Something that waits for a client: an entry of the queue, one of the inbox of its account, one in the log of a group, or
 * news of a user's presence. All but the first get their TransactionIDs when they are sent; a slot that has changed since is another, and
 * gets another.
 */
export type Pending = { readonly sent?: InFlight } & (
  | { readonly entry: QueueEntry; readonly transactionId: number }
  | { readonly mail: InboxEntry; readonly transactionId?: number }
  | { readonly news: GroupNews; readonly transactionId?: number }
  | { readonly slot: Slot; readonly transactionId?: number }
)

/** All that waits in a session: what was opened for it in that order, then messages, groups, and news of presence. */
export function pendingOf({ session, queue, slots, mail, logs }: SessionView): Pending[] {
  const entries = [...queue]
    .sort((a, b) => a.order - b.order)
    .map((entry) => ({ entry, transactionId: entry.transactionId, sent: session.inFlight[entry.transactionId] }))
  const taken = new Set([...Object.keys(session.inFlight).map(Number), ...queue.map((one) => one.transactionId)])
  const messages = (mail?.entries ?? []).map((entry) => ({
    mail: entry,
    ...formerly(session, entry, taken),
    ...sentAs(session, ({ message }) => message === entry.key),
  }))
  const news = [...(logs?.values() ?? [])].flatMap((log) => log.news.map((one) => pendingNews(session, one)))
  const slotsInOrder = [...slots].sort((a, b) => a.at - b.at).map((slot) => pendingSlot(session, slot))
  return [...entries, ...messages, ...news, ...slotsInOrder]
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

const pendingNews = (session: Session, news: GroupNews): Pending => ({
  news,
  ...sentAs(session, ({ group, number }) => group === news.groupId && number === news.entry.number),
})

/** What is told in an order of its own: the inbox, and the log of each group. */
export const orderOfPending = (pending: Pending): string | undefined =>
  'mail' in pending ? 'inbox' : 'news' in pending ? pending.news.groupId : undefined

/** What a pending is about: what was read again is the same thing. */
export const thingOf = (pending: Pending): unknown => {
  if ('entry' in pending) return pending.entry
  if ('mail' in pending) return pending.mail.key
  return 'news' in pending ? newsKey(pending.news.groupId, pending.news.entry.number) : pending.slot
}

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
  sent !== undefined && !sent.done && sent.tries >= triesMax && now - sent.sentAt >= resendAfter(session, 1)

/** R4: no content is pushed to a client that has yet to say what it can take. A kind of a newer release waits for that. */
function isHeld(session: Session, pending: Pending): boolean {
  if (!('entry' in pending)) return false
  const kind = serverTransactions[pending.entry.kind]
  return kind === undefined || (session.capabilityPending === true && kind.pushesContent(session.version))
}

const isDue = (session: Session, pending: Pending, now: number): boolean =>
  !isHeld(session, pending) && (!pending.sent || isDueAgain(session, pending.sent, now))

/** True when what was sent is to be sent again. */
export const isDueAgain = (session: Session, { tries, sentAt, done }: InFlight, now: number): boolean =>
  !done && tries < triesMax && now - sentAt >= resendAfter(session, tries)

/**
 * True for a message that keeps those after it waiting: its answer may have been lost, and nobody is to see them out of
 * order. A client that is known to acknowledge is waited for until it has had all its tries; one that never has, until
 * the first have come to nothing; one that is known not to, never (clients.md 23).
 */
const isAwaited = ({ acknowledges }: Session, { tries, done }: InFlight): boolean =>
  !done && (acknowledges ?? tries < triesInFront)

/**
 * Messages of one order, and of all together, that are on their way at a time: they stand in the session, which is
 * written with every poll.
 */
const sentOfOrderMax = 16
const sentMax = 32

/** Of messages what may be sent now: none before an earlier one that is awaited. */
function dueInOrder(session: Session, mail: readonly Pending[], now: number, roomInAll: number): Pending[] {
  const awaited = mail.findIndex(
    (one) => one.sent && isAwaited(session, one.sent) && !isDue(session, one, now) && !isGivenUp(session, one, now),
  )
  // One of each order goes on whatever the others are at.
  const sent = mail.filter((one) => one.sent).length
  let room = Math.min(sentOfOrderMax - sent, sent === 0 ? Math.max(roomInAll, 1) : roomInAll)
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
  const roomInAll = sentMax - all.filter((one) => one.sent && orderOfPending(one) !== undefined).length
  const orders = new Set(all.map(orderOfPending).filter((order) => order !== undefined))
  const inOrder = new Set(
    [...orders].flatMap((order) =>
      dueInOrder(
        session,
        all.filter((one) => orderOfPending(one) === order),
        now,
        roomInAll,
      ),
    ),
  )
  const isOrdered = (one: Pending) => orderOfPending(one) !== undefined
  const due = all.filter(
    (one) =>
      !isHeldBack(one) && !isStale(session, one) && (isOrdered(one) ? inOrder.has(one) : isDue(session, one, now)),
  )
  const isBehind = (one: Pending) => (one.sent?.tries ?? 0) >= triesInFront && !(isOrdered(one) && session.acknowledges)
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

/** The groups of a session in which something may have to be sent, once more perhaps, or given up. */
export function groupsDue(session: Session, now: number): string[] {
  // R4: nothing of the groups to a client that has yet to say what it can take.
  if (session.capabilityPending) return []
  return Object.entries(session.groups ?? {}).flatMap(([groupId, place]) => {
    const isAnyDue = sentNews(session, groupId).some(
      ([, sent]) => isDueAgain(session, sent, now) || isGivenUp(session, { sent }, now),
    )
    return isAnyDue || isNewsWaiting(session, groupId, place) ? [groupId] : []
  })
}

/** True when something was said in a group that was not sent yet, or has to be sent again. */
export const isNewsDue = (session: Session, now: number): boolean =>
  session.capabilityPending !== true &&
  Object.entries(session.groups ?? {}).some(
    ([groupId, place]) =>
      isNewsWaiting(session, groupId, place) ||
      sentNews(session, groupId).some(([, sent]) => isDueAgain(session, sent, now)),
  )

const sentMail = (session: Session): InFlight[] => [...sentMessages(session).values()]

/** What has to be cleared away: stale entries and given-up ones. */
export const disposable = (view: SessionView, now: number): Pending[] =>
  pendingOf(view).filter((one) => isStale(view.session, one) || isGivenUp(view.session, one, now))
