import type { Transaction } from '../csp/message.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { type InFlight, usableCapabilities } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { SessionView } from '../store/sessions.ts'
import { attribute, type Clause, ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import { deliverable, disposable } from './redelivery.ts'
import { serverTransactions } from './serverTransactions.ts'

/** True when an answer should say that more is waiting. */
export const isWaiting = ({ session, queue }: SessionView, now: number): boolean =>
  deliverable(session, queue, now).length > 0

/**
 * The server transactions that the answer to a poll or an acknowledgement carries: one, or as many as the client agreed
 * to take in one message (1.3's MultiTransPerMessage).
 *
 * The session is read strongly only when the eventual read saw something, and what is sent is marked in flight in the
 * same write as the touch. Of two polls at a time only one gets an entry; the other looks again.
 */
export async function nextTransactions(village: Village, live: LiveSession): Promise<Transaction[]> {
  const now = village.now()
  if (deliverable(live.session, live.queue, now).length + disposable(live.session, live.queue, now).length === 0)
    return []
  for (let attempt = 0; attempt < 3; attempt++) {
    await live.readStrongly()
    const { session, queue } = live
    const chosen = deliverable(session, queue, now).slice(0, usableCapabilities(session).multiTransPerMessage ?? 1)
    await clear(village, live, now)
    if (chosen.length === 0) return []
    try {
      await live.changeIf(notSentMeanwhile(live, chosen), {
        inFlight: { ...settled(live), ...sent(live, chosen, now) },
      })
      return chosen.map((entry) => ({
        mode: 'Request' as const,
        id: String(entry.transactionId),
        primitive: serverTransactions[entry.kind]!.render(entry.data, {
          version: live.version,
          session,
          settings: village.settings,
        }),
      }))
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      village.log.metric('ConditionConflict')
    }
  }
  return []
}

/** Gives up what was tried often enough, and drops what a restore has made stale. */
async function clear(village: Village, live: LiveSession, now: number): Promise<void> {
  const over = disposable(live.session, live.queue, now)
  await Promise.all(over.map((entry) => village.store.queue.remove(live.session.id, entry.transactionId)))
  live.forget(over)
}

/** In-flight states whose entry is no longer there: acknowledged, given up or dropped. */
function settled(live: LiveSession): Record<string, undefined> {
  const waiting = new Set(live.queue.map((entry) => String(entry.transactionId)))
  return Object.fromEntries(
    Object.keys(live.session.inFlight)
      .filter((id) => !waiting.has(id))
      .map((id) => [id, undefined]),
  )
}

const sent = (live: LiveSession, chosen: readonly QueueEntry[], now: number): Record<string, InFlight> =>
  Object.fromEntries(
    chosen.map(({ transactionId }) => [
      transactionId,
      { tries: (live.session.inFlight[transactionId]?.tries ?? 0) + 1, sentAt: now },
    ]),
  )

const notSentMeanwhile = (live: LiveSession, chosen: readonly QueueEntry[]): Clause[] =>
  chosen.map(({ transactionId }) => {
    const before = live.session.inFlight[transactionId]
    const state = `inFlight.${transactionId}`
    return before ? attribute(`${state}.sentAt`).is(before.sentAt) : attribute(state).isMissing
  })

/**
 * An acknowledgement of a server transaction: one delete. What was never sent is not there to be acknowledged, so that a
 * client's slip loses nothing; a repeated acknowledgement changes nothing.
 */
export async function acknowledge(village: Village, live: LiveSession, transactionId: string): Promise<void> {
  if (!live.session.inFlight[transactionId]) await live.readStrongly()
  if (!live.session.inFlight[transactionId]) return
  const removed = await village.store.queue.remove(live.session.id, Number(transactionId))
  if (removed) live.forget([removed])
}
