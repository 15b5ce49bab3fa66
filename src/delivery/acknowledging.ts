import type { Element } from '../csp/element.ts'
import { findGroupMessage, isGroupMessageId } from '../groups/messageId.ts'
import { findMessage } from '../messaging/inbox.ts'
import { type InboxEntry, keyOfMessage } from '../messaging/message.ts'
import { settle } from '../messaging/settling.ts'
import type { AttributeSet } from '../presence/attributes.ts'
import { wants } from '../presence/wanted.ts'
import type { LiveSession } from '../session/liveSession.ts'
import type { InFlight, Session } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { SessionChange } from '../store/sessionItem.ts'
import type { Village } from '../village.ts'
import { serverTransactions } from './serverTransactions.ts'

/**
 * An acknowledgement of a server transaction: one delete, or one mark in an inbox. What was never sent is not there to be
 * acknowledged, so that a client's slip loses nothing; a repeated acknowledgement changes nothing.
 *
 * @param by what it is acknowledged by
 * @param kind only if the transaction is of that kind
 * @returns false when there was nothing of the kind to acknowledge
 */
export async function acknowledge(
  village: Village,
  live: LiveSession,
  transactionId: string,
  by?: Element,
  kind?: string,
): Promise<boolean> {
  if (!/^\d{1,3}$/.test(transactionId)) return false
  const id = Number(transactionId)
  if (!live.session.inFlight[id]) await live.readStrongly()
  const state = live.session.inFlight[id]
  const isOfKind = (entry: QueueEntry) => entry.transactionId === id && entry.kind === kind
  if (!state || (kind !== undefined && !live.queue.some(isOfKind))) return false
  if (!isMeant(state, by)) return false
  // What is told of a group needs no more than that the session knows it.
  if (state.group !== undefined) live.forgetSent(id, state)
  else if (state.message !== undefined) await acknowledgeMail(village, live, id, state, by)
  else if (state.slot !== undefined) await acknowledgeSlot(village, live, state)
  else await acknowledgeQueued(village, live, id)
  if (state.group === undefined) live.forgetSent(id, state)
  return true
}

/**
 * A MessageDelivered that names a message of an inbox is about that one, and about nothing else that happens to have the
 * number: after GetMessage the client draws a number of its own (LWB 068). One that names nothing of the kind goes by the
 * number alone.
 */
function isMeant({ message, messageId: ofGroup }: InFlight, by: Element | undefined): boolean {
  const messageId = by?.name === 'MessageDelivered' ? by.textOf('MessageID') : undefined
  if (messageId !== undefined && isGroupMessageId(messageId)) return messageId === ofGroup
  const key = messageId === undefined ? undefined : keyOfMessage(messageId)
  return key === undefined || key === message
}

async function acknowledgeQueued(village: Village, { session, queue }: LiveSession, id: number): Promise<void> {
  const entry = queue.find(({ transactionId }) => transactionId === id)
  if (entry) await serverTransactions[entry.kind]?.acknowledged?.(entry.data, { village, session })
  await village.store.queue.remove(session.id, id)
}

async function acknowledgeSlot(village: Village, { session }: LiveSession, state: InFlight): Promise<void> {
  const { slot, stamp, version, refresh, partial, since, rest } = state
  await village.store.slots.acknowledge(session.id, {
    slot: slot!,
    stamp: stamp!,
    version: version!,
    refresh,
    partial,
    since,
  })
  if (rest !== undefined) await leaveRest(village, session, slot!, rest)
}

/** S1: what plain text could not tell of a user is told when the session speaks another encoding. */
async function leaveRest({ store, now }: Village, session: Session, user: string, rest: AttributeSet): Promise<void> {
  const subscription = await store.subscriptions.read(session.id, user)
  if (!subscription || subscription.off) return
  await store.slots.reveal(session, subscription, now(), rest & wants(subscription), wants(subscription))
}

/** A message is delivered; one of which the client was only told waits for it to be fetched. */
async function acknowledgeMail(
  village: Village,
  { session }: LiveSession,
  transactionId: number,
  { message, notified, report }: InFlight,
  by: Element | undefined,
): Promise<void> {
  const key = message!
  const { inbox } = village.store
  // A Status may say as well that the client could do nothing with it: then it waits for another, or for GetMessage.
  const code = Number(by?.find('Result', 'Code')?.text ?? 200)
  const isDelivered = by?.name === 'MessageDelivered' || (!notified && code < 400)
  if (!isDelivered)
    await inbox.tell(session.accountId, key, session.id, { epoch: session.epoch, ...(!notified && { transactionId }) })
  else await settle(village, session, { key, report }, 200)
}

/**
 * MessageDelivered for a message by its MessageID, whatever TransactionID it comes under: after GetMessage there is no
 * server transaction that it could answer.
 *
 * @param orBefore true is the answer for one that was acknowledged a moment ago as well
 * @returns false when there is no such message
 */
export async function acknowledgeFetched(
  village: Village,
  live: LiveSession,
  primitive: Element,
  { orBefore = false } = {},
): Promise<boolean> {
  const messageId = primitive.name === 'MessageDelivered' ? primitive.textOf('MessageID') : undefined
  if (messageId !== undefined && isGroupMessageId(messageId)) return acknowledgeFromLog(village, live, messageId)
  const key = messageId === undefined ? undefined : keyOfMessage(messageId)
  if (key === undefined) return false
  const message = await findMessage(village, live.session, messageId)
  if (!message) return orBefore && village.store.inbox.isMarked(live.session.accountId, key)
  await settle(village, live.session, message, 200)
  await forgetMessages(live, [message], { acknowledges: true })
  return true
}

/** A message of a group that the client has fetched: if it is on its way as well it is not any more. */
export async function acknowledgeFromLog(village: Village, live: LiveSession, messageId: string): Promise<boolean> {
  await live.readStrongly()
  if (!(await findGroupMessage(village, live.session, messageId))) return false
  const sent = Object.entries(live.session.inFlight).find(([, one]) => one.messageId === messageId)
  if (sent) live.forgetSent(Number(sent[0]), sent[1])
  return true
}

/** Messages are done with by their MessageIDs, or an invitation by its InviteID. A poll at the same time that is about to send one looks again. */
export async function forgetMessages(
  live: LiveSession,
  messages: readonly Pick<InboxEntry, 'key' | 'messageId'>[],
  change: SessionChange = {},
): Promise<void> {
  const keys = new Set(messages.map(({ key }) => key))
  const sent = Object.entries(live.session.inFlight).filter(([, { message = '' }]) => keys.has(message))
  const fetched = messages.at(-1)?.messageId
  await live.change({ ...change, fetched, inFlight: Object.fromEntries(sent.map(([id]) => [id, undefined])) })
}
