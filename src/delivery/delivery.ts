import type { Element } from '../csp/element.ts'
import type { Transaction } from '../csp/message.ts'
import { renderNotification } from '../presence/notification.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { type InFlight, usableCapabilities } from '../session/session.ts'
import { type QueueEntry, transactionIds } from '../store/queue.ts'
import type { SessionView } from '../store/sessions.ts'
import { attribute, type Clause, ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import { deliverable, disposable, isUnsentSlot, type Pending, roomForSlots } from './redelivery.ts'
import { serverTransactions } from './serverTransactions.ts'

/** True when an answer should say that more is waiting. */
export const isWaiting = (view: SessionView, now: number): boolean => deliverable(view, now).length > 0

/** The same, of a session in which something may have been looked at and found to have to wait. */
export const isMoreWaiting = (live: LiveSession, now: number): boolean =>
  deliverable(live, now).some((pending) => !live.isAside(pending))

/** Something that is about to be sent. */
interface Rendered {
  readonly pending: Pending
  readonly primitive: Element
  /** The version of the presence that it tells. */
  readonly version?: number
}

/**
 * The server transactions that the answer to a poll or an acknowledgement carries: one, or as many as the client agreed
 * to take in one message (1.3's MultiTransPerMessage).
 *
 * The session is read strongly only when the eventual read saw something, and what is sent is marked in flight in the
 * same write as the touch. Of two polls at a time only one gets an entry; the other looks again.
 */
export async function nextTransactions(village: Village, live: LiveSession): Promise<Transaction[]> {
  const now = village.now()
  if (deliverable(live, now).length + disposable(live, now).length === 0) return []
  for (let attempt = 0; attempt < 3; attempt++) {
    await live.readStrongly()
    await giveUp(village, live, disposable(live, now))
    const rendered = await render(village, live, deliverable(live, now))
    const numbers = numbered(live, rendered)
    const chosen = rendered.slice(0, numbers.ids.length)
    if (chosen.length === 0) return []
    try {
      await live.changeIf(notSentMeanwhile(live, chosen), {
        inFlight: { ...settled(live, chosen), ...sent(chosen, numbers.ids, now) },
        ...(numbers.opened !== live.session.serverTransactions && { serverTransactions: numbers.opened }),
      })
      return chosen.map(({ primitive }, index) => ({ mode: 'Request', id: String(numbers.ids[index]), primitive }))
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      village.log.metric('ConditionConflict')
    }
  }
  return []
}

/** How many are looked at in one poll: what has become void must not keep the rest waiting, nor a poll going for ever. */
const renderedMax = 100

/**
 * Renders as many as one message may hold. What has become void on the way is cleared away; the more of it, the more are
 * looked at together.
 */
async function render(village: Village, live: LiveSession, waiting: readonly Pending[]): Promise<Rendered[]> {
  const most = usableCapabilities(live.session).multiTransPerMessage ?? 1
  const rendered: Rendered[] = []
  let room = roomForSlots(live)
  let lot = most
  for (let start = 0; start < Math.min(waiting.length, renderedMax) && rendered.length < most; start += lot, lot = 16) {
    const looked = waiting.slice(start, Math.min(start + lot, renderedMax))
    const outcomes = await Promise.all(looked.map((pending) => renderSafely(village, live, pending)))
    const over = looked.filter((_, index) => outcomes[index] === 'void')
    if (over.length > 0) await discard(village, live, over)
    for (const [index, outcome] of outcomes.entries()) {
      const pending = looked[index]!
      if (outcome === 'not yet') live.setAside(pending)
      else if (outcome !== 'void' && rendered.length < most && (!isUnsentSlot(pending) || room-- > 0))
        rendered.push({ pending, ...outcome })
    }
  }
  return rendered
}

type Outcome = Omit<Rendered, 'pending'> | 'void' | 'not yet'

/** One that cannot be rendered does not keep the others waiting. */
async function renderSafely(village: Village, live: LiveSession, pending: Pending): Promise<Outcome> {
  try {
    return await renderOne(village, live, pending)
  } catch (error) {
    village.log.error('a server transaction could not be rendered', error)
    return 'not yet'
  }
}

async function renderOne(village: Village, { session, version }: LiveSession, pending: Pending): Promise<Outcome> {
  const context = { village, session, version }
  if ('slot' in pending) return renderNotification(pending.slot, context)
  const { kind, data } = pending.entry
  const primitive = await serverTransactions[kind]!.render(data, context)
  return primitive ? { primitive } : 'void'
}

/** Clears away what was tried often enough, and what is stale. */
async function giveUp(village: Village, live: LiveSession, over: readonly Pending[]): Promise<void> {
  const { session, version } = live
  for (const pending of over) {
    const kind = 'entry' in pending && pending.sent ? serverTransactions[pending.entry.kind] : undefined
    if (kind?.givenUp && 'entry' in pending) await kind.givenUp(pending.entry.data, { village, session, version })
  }
  await discard(village, live, over)
}

async function discard(village: Village, live: LiveSession, over: readonly Pending[]): Promise<void> {
  const { queue, slots } = village.store
  const { id } = live.session
  await Promise.all(
    over.map((one) => ('entry' in one ? queue.remove(id, one.transactionId) : slots.remove(id, one.slot))),
  )
  live.forget(over)
}

/**
 * The TransactionIDs of what is sent, and how many server transactions the session has opened with them. As long as all
 * numbers are outstanding there is none for what has none yet.
 */
function numbered(live: LiveSession, rendered: readonly Rendered[]) {
  const { session, queue } = live
  const ids: number[] = []
  const over = settled(live, [])
  const waitedFor = Object.keys(session.inFlight).filter((id) => !(id in over))
  const outstanding = new Set([...queue.map((entry) => entry.transactionId), ...waitedFor.map(Number)])
  let opened = session.serverTransactions
  for (const { pending } of rendered) {
    if (pending.transactionId === undefined) {
      if (outstanding.size >= transactionIds) break
      do opened++
      while (outstanding.has(transactionIdOf(opened)))
      outstanding.add(transactionIdOf(opened))
    }
    ids.push(pending.transactionId ?? transactionIdOf(opened))
  }
  return { ids, opened }
}

const transactionIdOf = (opened: number) => ((opened - 1) % transactionIds) + 1

/**
 * In-flight states that nothing waits for any more: acknowledged, given up or dropped; and those of a slot that is sent
 * again with what has come since.
 */
function settled({ session, queue, slots }: LiveSession, chosen: readonly Rendered[]): Record<string, undefined> {
  const entries = new Set(queue.map((entry) => String(entry.transactionId)))
  const sentNow = new Set(chosen.map(({ pending }) => ('slot' in pending ? pending.slot.user : undefined)))
  const isWaitedFor = ([id, { slot }]: [string, InFlight]) =>
    slot === undefined ? entries.has(id) : !sentNow.has(slot) && slots.some(({ user }) => user === slot)
  const over = Object.entries(session.inFlight).filter((one) => !isWaitedFor(one))
  return Object.fromEntries(over.map(([id]) => [id, undefined]))
}

const sent = (chosen: readonly Rendered[], ids: readonly number[], now: number): Record<string, InFlight> =>
  Object.fromEntries(
    chosen.map(({ pending, version }, index) => [
      ids[index]!,
      {
        tries: (pending.sent?.tries ?? 0) + 1,
        sentAt: now,
        ...('slot' in pending && {
          slot: pending.slot.user,
          stamp: pending.slot.stamp,
          // Sent again it may tell more, which a phone drops that has seen the number (clients.md 28).
          version: pending.sent?.version ?? version!,
          ...(pending.slot.refresh !== undefined && { refresh: pending.slot.refresh }),
          ...(pending.slot.only !== undefined && { partial: true }),
          ...(pending.slot.since !== undefined && { since: pending.slot.since }),
        }),
      },
    ]),
  )

function notSentMeanwhile({ session }: LiveSession, chosen: readonly Rendered[]): Clause[] {
  const asSeen = chosen.flatMap(({ pending: { transactionId, sent: before } }) => {
    if (transactionId === undefined) return []
    const state = `inFlight.${transactionId}`
    return before ? attribute(`${state}.sentAt`).is(before.sentAt) : attribute(state).isMissing
  })
  const takesNumbers = chosen.some(({ pending }) => pending.transactionId === undefined)
  return takesNumbers ? [...asSeen, attribute('serverTransactions').is(session.serverTransactions)] : asSeen
}

/**
 * An acknowledgement of a server transaction: one delete. What was never sent is not there to be acknowledged, so that a
 * client's slip loses nothing; a repeated acknowledgement changes nothing.
 *
 * @param kind only if the transaction is of that kind
 */
export async function acknowledge(
  village: Village,
  live: LiveSession,
  transactionId: string,
  kind?: string,
): Promise<void> {
  if (!/^\d{1,3}$/.test(transactionId)) return
  const id = Number(transactionId)
  if (!live.session.inFlight[id]) await live.readStrongly()
  const state = live.session.inFlight[id]
  const isOfKind = (entry: QueueEntry) => entry.transactionId === id && entry.kind === kind
  if (!state || (kind !== undefined && !live.queue.some(isOfKind))) return
  const sessionId = live.session.id
  const { slot, stamp, version, refresh, partial, since } = state
  if (slot === undefined) await village.store.queue.remove(sessionId, id)
  else
    await village.store.slots.acknowledge(sessionId, {
      slot,
      stamp: stamp!,
      version: version!,
      refresh,
      partial,
      since,
    })
  live.forgetSent(id, state)
}
