import { progress } from '../groups/progress.ts'
import type { LiveSession } from '../session/liveSession.ts'
import type { InFlight, Session } from '../session/session.ts'
import { transactionIds } from '../store/queue.ts'
import type { SessionChange } from '../store/sessionItem.ts'
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
  const over = settled(live, []).inFlight
  const waitedFor = Object.keys(session.inFlight).filter((id) => !(id in over) || over[id] !== undefined)
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
export function settled(
  live: LiveSession,
  chosen: readonly Rendered[],
): Required<Pick<SessionChange, 'inFlight' | 'cursors'>> {
  const replaced = new Set(chosen.map(({ formerId }) => String(formerId)))
  const { session, queue, slots, mail, logs } = live
  const entries = new Set(queue.map((entry) => String(entry.transactionId)))
  const messages = new Set(mail?.entries.map(({ key }) => key))
  const sentNow = new Set(chosen.map(({ pending }) => ('slot' in pending ? pending.slot.user : undefined)))
  const isWaitedFor = ([id, { slot, message, group }]: [string, InFlight]) => {
    if (group !== undefined) return !replaced.has(id)
    if (live.isSettled(id) || replaced.has(id)) return false
    if (slot !== undefined) return !sentNow.has(slot) && slots.some(({ user }) => user === slot)
    if (message === undefined) return entries.has(id)
    return !mail || messages.has(message) || (mail.upTo !== undefined && message >= mail.upTo)
  }
  const over = Object.entries(session.inFlight).filter((one) => !isWaitedFor(one))
  const ofGroups = progress(session, (id) => live.isSettled(id) || isPassedOver(live, session.inFlight[id]!), logs)
  return {
    inFlight: { ...ofGroups.inFlight, ...Object.fromEntries(over.map(([id]) => [id, undefined])) },
    cursors: ofGroups.cursors,
  }
}

/** True for what was told of a group when its log, read again, has it no more for the session: expired or given up. */
function isPassedOver({ logs }: LiveSession, { group, number }: InFlight): boolean {
  const log = logs?.get(group ?? '')
  return log !== undefined && number! <= log.reached && !log.news.some(({ entry }) => entry.number === number)
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
      { tries: triesOf(one.pending, session), sentAt: now, ...ofSlot(one), ...ofMail(one), ...ofNews(one) },
    ]),
  )

/** What was given up before is sent once, and then given up again. */
function triesOf(pending: Pending, { id, epoch }: Session): number {
  const told = 'mail' in pending ? pending.mail.told[id] : undefined
  return pending.sent || told?.until === undefined || told.epoch !== epoch ? (pending.sent?.tries ?? 0) + 1 : triesMax
}

function ofSlot({ pending, version, rest }: Rendered): Partial<InFlight> {
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
    ...(rest !== undefined && { rest }),
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

function ofNews({ pending, notifies }: Rendered): Partial<InFlight> {
  if (!('news' in pending)) return {}
  const { groupId, entry } = pending.news
  return {
    group: groupId,
    number: entry.number,
    ...(notifies && { notified: true }),
    ...(entry.kind === 'message' && { messageId: entry.id }),
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
