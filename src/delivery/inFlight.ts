import type { LiveSession } from '../session/liveSession.ts'
import type { InFlight, Session } from '../session/session.ts'
import { transactionIds } from '../store/queue.ts'
import { attribute, type Clause } from '../store/table.ts'
import type { Pending } from './redelivery.ts'
import type { Rendered } from './rendering.ts'
import { triesMax } from './resending.ts'

/** The states of server transactions on their way to a client, as they stand in the session. */

/**
 * The TransactionIDs of what is sent, and how many server transactions the session has opened with them. As long as all
 * numbers are outstanding there is none for what has none yet.
 */
export function numbered(live: LiveSession, rendered: readonly Rendered[]) {
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
 * again with what has come since. Of what is in the inbox it is known only as far as that was read.
 */
export function settled(live: LiveSession, chosen: readonly Rendered[]): Record<string, undefined> {
  const replaced = new Set(chosen.map(({ formerId }) => String(formerId)))
  const { session, queue, slots, mail } = live
  const entries = new Set(queue.map((entry) => String(entry.transactionId)))
  const messages = new Set(mail?.entries.map(({ key }) => key))
  const sentNow = new Set(chosen.map(({ pending }) => ('slot' in pending ? pending.slot.user : undefined)))
  const isWaitedFor = ([id, { slot, message }]: [string, InFlight]) => {
    if (live.isSettled(id) || replaced.has(id)) return false
    if (slot !== undefined) return !sentNow.has(slot) && slots.some(({ user }) => user === slot)
    if (message === undefined) return entries.has(id)
    return !mail || messages.has(message) || (mail.upTo !== undefined && message >= mail.upTo)
  }
  const over = Object.entries(session.inFlight).filter((one) => !isWaitedFor(one))
  return Object.fromEntries(over.map(([id]) => [id, undefined]))
}

/** The states of what is sent now. @param now milliseconds since 1970 */
export const sent = (
  { session }: LiveSession,
  chosen: readonly Rendered[],
  ids: readonly number[],
  now: number,
): Record<string, InFlight> =>
  Object.fromEntries(
    chosen.map((one, index) => [
      ids[index]!,
      { tries: triesOf(one.pending, session), sentAt: now, ...ofSlot(one), ...ofMail(one) },
    ]),
  )

/** What was given up before is sent once, and then given up again. */
function triesOf(pending: Pending, { id, epoch }: Session): number {
  const told = 'mail' in pending ? pending.mail.told[id] : undefined
  return pending.sent || told?.until === undefined || told.epoch !== epoch ? (pending.sent?.tries ?? 0) + 1 : triesMax
}

function ofSlot({ pending, version }: Rendered): Partial<InFlight> {
  if (!('slot' in pending)) return {}
  const { user, stamp, refresh, only, since } = pending.slot
  return {
    slot: user,
    stamp,
    // Sent again it may tell more, which a phone drops that has seen the number (clients.md 28).
    version: pending.sent?.version ?? version!,
    ...(refresh !== undefined && { refresh }),
    ...(only !== undefined && { partial: true }),
    ...(since !== undefined && { since }),
  }
}

function ofMail({ pending, notifies }: Rendered): Partial<InFlight> {
  if (!('mail' in pending)) return {}
  const { key, kind } = pending.mail
  return {
    message: key,
    ...(notifies && { notified: true }),
    ...(kind === 'message' && pending.mail.report && { report: true }),
  }
}

/** That nobody else has sent it meanwhile. */
export function notSentMeanwhile({ session }: LiveSession, chosen: readonly Rendered[]): Clause[] {
  const asSeen = chosen.flatMap(({ pending: { transactionId, sent: before } }) => {
    if (transactionId === undefined) return []
    const state = `inFlight.${transactionId}`
    return before ? attribute(`${state}.sentAt`).is(before.sentAt) : attribute(state).isMissing
  })
  const { fetched } = session
  const isFetched = fetched === undefined ? attribute('fetched').isMissing : attribute('fetched').is(fetched)
  if (chosen.some(({ pending }) => 'mail' in pending)) asSeen.push(isFetched)
  const takesNumbers = chosen.some(({ pending }) => pending.transactionId === undefined)
  return takesNumbers ? [...asSeen, attribute('serverTransactions').is(session.serverTransactions)] : asSeen
}
