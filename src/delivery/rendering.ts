import { codecOf } from '../csp/codecs.ts'
import type { Element } from '../csp/element.ts'
import { renderNews } from '../groups/rendering.ts'
import { renderInvitation } from '../invitations/rendering.ts'
import type { InboxEntry } from '../messaging/message.ts'
import { renderEntry } from '../messaging/rendering.ts'
import type { AttributeSet } from '../presence/attributes.ts'
import { renderNotification } from '../presence/notification.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { usableCapabilities } from '../session/session.ts'
import type { Village } from '../village.ts'
import { isUnsentSlot, orderOfPending, type Pending, roomForSlots } from './redelivery.ts'
import { serverTransactions } from './serverTransactions.ts'
import { sizeInXml } from './size.ts'

/** Something that is about to be sent. */
export interface Rendered {
  readonly pending: Pending
  readonly primitive: Element
  /** The version of the presence that it tells. */
  readonly version?: number
  /** Of the presence what the encoding could not tell. */
  readonly rest?: AttributeSet
  /** Of a message only a notification: the client has yet to fetch it. */
  readonly notifies?: boolean
  /** The TransactionID under which it was sent as something else. */
  readonly formerId?: number
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
  const held = new Set<string | undefined>()
  for (let start = 0; start < Math.min(waiting.length, renderedMax) && rendered.length < most; start += lot, lot = 16) {
    const looked = waiting.slice(start, Math.min(start + lot, renderedMax))
    const outcomes = await Promise.all(looked.map((pending) => renderSafely(village, live, pending)))
    const over = looked.filter((_, index) => outcomes[index] === 'void')
    if (over.length > 0) await discard(village, live, over)
    for (const [index, outcome] of outcomes.entries()) {
      const pending = looked[index]!
      if (outcome === 'not yet') live.setAside(pending)
      const order = orderOfPending(pending)
      // Messages keep their order: none before one that cannot be rendered just now.
      if (order !== undefined && outcome === 'not yet') held.add(order)
      if (outcome === 'not yet' || held.has(order)) continue
      if (outcome !== 'void' && rendered.length < most && (!isUnsentSlot(pending) || room-- > 0))
        rendered.push(asNow({ pending, ...outcome }))
    }
  }
  return fitting(live, rendered)
}

/** Bytes of an answer with several transactions: a function of AWS Lambda cannot answer more than a few million. */
const answerMax = 1_000_000

/** A notification that has become the message itself is another transaction, or a phone would drop it (clients.md 28). */
function asNow(rendered: Rendered): Rendered {
  const { pending, notifies = false } = rendered
  if (!('mail' in pending || 'news' in pending) || !pending.sent || (pending.sent.notified ?? false) === notifies)
    return rendered
  const { transactionId: formerId, ...rest } = pending
  return { ...rendered, pending: rest, formerId }
}

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

async function renderOne(village: Village, live: LiveSession, pending: Pending): Promise<Outcome> {
  const outcome = await rendering(village, live, pending)
  // S1: what the encoding of this request cannot tell waits for a request in another.
  return typeof outcome === 'string' || codecOf(live.encoding).expresses(outcome.primitive.name) ? outcome : 'not yet'
}

async function rendering(village: Village, live: LiveSession, pending: Pending): Promise<Outcome> {
  const { session, version, encoding } = live
  const context = { village, session, version, encoding }
  if ('slot' in pending) return renderNotification(pending.slot, context)
  if ('mail' in pending) {
    const { mail } = pending
    return mail.kind === 'invitation' ? renderInvitation(mail, context) : renderEntry(mail, context)
  }
  if ('news' in pending) return renderNews(pending.news, context)
  const { kind, data } = pending.entry
  const primitive = await serverTransactions[kind]!.render(data, context)
  return primitive ? { primitive } : 'void'
}

/** Clears away what was tried often enough, and what is stale. */
export async function giveUp(village: Village, live: LiveSession, over: readonly Pending[]): Promise<void> {
  const { session, version, encoding } = live
  for (const pending of over) {
    const kind = 'entry' in pending && pending.sent ? serverTransactions[pending.entry.kind] : undefined
    if (kind?.givenUp && 'entry' in pending)
      await kind.givenUp(pending.entry.data, { village, session, version, encoding })
    if (orderOfPending(pending) !== undefined && !live.hasSettled) live.note({ acknowledges: false })
    if (!('mail' in pending)) continue
    live.note({
      lookBackAt: Math.min(
        live.session.lookBackAt ?? Number.POSITIVE_INFINITY,
        setAside(pending.mail, live, village.now()).until,
      ),
    })
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
      // The cursor goes on behind it.
      if ('news' in one) return undefined
      // A message that a client has not acknowledged stays: for another session, and for this one later.
      const told = { ...setAside(one.mail, live, village.now()), transactionId: one.transactionId }
      return inbox.tell(accountId, one.mail.key, id, told)
    }),
  )
  live.forget(over)
}

/** Milliseconds after which a message that was given up for the first time is sent once more: then twice as long, and so on. */
const setAsideFor = 600_000

/** A client that was out of reach gets it in the end; one that never acknowledges is bothered the more seldom. */
function setAside({ told }: InboxEntry, { session: { id, epoch } }: LiveSession, now: number) {
  const before = told[id]
  const rounds = before?.epoch === epoch ? (before.rounds ?? 0) : 0
  return { epoch, until: now + setAsideFor * 2 ** rounds, rounds: rounds + 1 }
}
