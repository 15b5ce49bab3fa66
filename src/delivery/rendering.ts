import type { Element } from '../csp/element.ts'
import { renderEntry } from '../messaging/rendering.ts'
import { renderNotification } from '../presence/notification.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { usableCapabilities } from '../session/session.ts'
import type { Village } from '../village.ts'
import { isUnsentSlot, type Pending, roomForSlots } from './redelivery.ts'
import { serverTransactions } from './serverTransactions.ts'
import { sizeInXml } from './size.ts'

/** Something that is about to be sent. */
export interface Rendered {
  readonly pending: Pending
  readonly primitive: Element
  /** The version of the presence that it tells. */
  readonly version?: number
  /** Of a message only a notification: the client has yet to fetch it. */
  readonly notifies?: boolean
}

/** How many are looked at in one poll: what has become void must not keep the rest waiting, nor a poll going for ever. */
const renderedMax = 100

/** How many transactions the client takes in one message. */
export const mostAtOnce = ({ session }: LiveSession): number => usableCapabilities(session).multiTransPerMessage ?? 1

/**
 * Renders as many as one message may hold, by number and by size. What has become void on the way is cleared away; the
 * more of it, the more are looked at together.
 */
export async function render(village: Village, live: LiveSession, waiting: readonly Pending[]): Promise<Rendered[]> {
  const most = mostAtOnce(live)
  const rendered: Rendered[] = []
  let room = roomForSlots(live)
  let lot = most
  let mailWaits = false
  for (let start = 0; start < Math.min(waiting.length, renderedMax) && rendered.length < most; start += lot, lot = 16) {
    const looked = waiting.slice(start, Math.min(start + lot, renderedMax))
    const outcomes = await Promise.all(looked.map((pending) => renderSafely(village, live, pending)))
    const over = looked.filter((_, index) => outcomes[index] === 'void')
    if (over.length > 0) await discard(village, live, over)
    for (const [index, outcome] of outcomes.entries()) {
      const pending = looked[index]!
      if (outcome === 'not yet') live.setAside(pending)
      // Messages keep their order: none before one that cannot be rendered just now.
      if ('mail' in pending && outcome === 'not yet') mailWaits = true
      if (outcome === 'not yet' || ('mail' in pending && mailWaits)) continue
      if (outcome !== 'void' && rendered.length < most && (!isUnsentSlot(pending) || room-- > 0))
        rendered.push({ pending, ...outcome })
    }
  }
  return fitting(live, rendered)
}

/** Bytes of an answer with several transactions: a function of AWS Lambda cannot answer more than a few million. */
const answerMax = 1_000_000

/** Of several in one message so many as the client can parse together; the first one is always among them. */
function fitting({ session, version }: LiveSession, rendered: readonly Rendered[]): Rendered[] {
  if (rendered.length < 2) return [...rendered]
  let room = Math.min(usableCapabilities(session).parserSize ?? answerMax, answerMax)
  const end = rendered.findIndex(({ primitive }, index) => {
    // Each is counted with an envelope of its own: what they share is spare.
    room -= sizeInXml(primitive, { session, version })
    return index > 0 && room < 0
  })
  return rendered.slice(0, end < 0 ? undefined : end)
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
  if ('mail' in pending) return renderEntry(pending.mail, context)
  const { kind, data } = pending.entry
  const primitive = await serverTransactions[kind]!.render(data, context)
  return primitive ? { primitive } : 'void'
}

/** Clears away what was tried often enough, and what is stale. */
export async function giveUp(village: Village, live: LiveSession, over: readonly Pending[]): Promise<void> {
  const { session, version } = live
  for (const pending of over) {
    const kind = 'entry' in pending && pending.sent ? serverTransactions[pending.entry.kind] : undefined
    if (kind?.givenUp && 'entry' in pending) await kind.givenUp(pending.entry.data, { village, session, version })
    if ('mail' in pending) live.note({ acknowledges: false })
  }
  await discard(village, live, over)
}

async function discard(village: Village, live: LiveSession, over: readonly Pending[]): Promise<void> {
  const { queue, slots, inbox } = village.store
  const { id, accountId } = live.session
  await Promise.all(
    over.map((one) => {
      if ('entry' in one) return queue.remove(id, one.transactionId)
      if ('slot' in one) return slots.remove(id, one.slot)
      // A message that a client has never acknowledged stays: another session may, or this one when it has come back.
      return inbox.tell(accountId, one.mail.key, live.session, one.transactionId)
    }),
  )
  live.forget(over)
}
