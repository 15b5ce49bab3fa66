import { CspError } from '../csp/cspError.ts'
import type { ContentTree, Element } from '../csp/element.ts'
import type { Group } from '../groups/group.ts'
import { sayInGroup } from '../groups/messages.ts'
import { inLots } from '../presence/lots.ts'
import { randomText } from '../randomText.ts'
import type { Session } from '../session/session.ts'
import { sentHash } from '../store/keys.ts'
import type { Sent, SentToGroup } from '../store/sent.ts'
import type { Village } from '../village.ts'
import type { Draft } from './draft.ts'
import { entryKey, type InboxMessage, newMessageId, type StoredContent } from './message.ts'
import type { Recipient } from './receiving.ts'
import { ring } from './ringing.ts'
import { isFull } from './room.ts'

/** What makes a request the same as another: TransactionID and content. Undefined when it has no TransactionID. */
export const requestKey = (transactionId: string | undefined, request: Element): readonly string[] | undefined =>
  transactionId === undefined ? undefined : [transactionId, JSON.stringify(request)]

/** Bytes of a content that stands in the inbox itself: with it an entry has one write unit. */
const inlineMax = 512

/** A request that sends a message. */
export interface Sending {
  readonly sender: Session
  readonly request: ReturnType<typeof requestKey>
  readonly draft: Draft
  /** Looks up to whom it goes, and what the sender is told of that. */
  readonly recipients: () => Promise<{
    readonly recipients: readonly Recipient[]
    readonly groups: readonly { readonly group: Group; readonly sent: SentToGroup }[]
    readonly result: ContentTree
  }>
}

/** What was sent, and what its sender is told. */
export interface Answered {
  readonly messageId: string
  readonly result: ContentTree
  readonly isPartial: boolean
  /** True when the sender itself is among those who get it. */
  readonly isForSender: boolean
}

/**
 * Sends a message: first what is decided is noted under the request's hash, then it is put into each inbox, unless it is
 * or was there, then the sessions are told. So a request that is repeated because its answer was lost, or because its
 * call died anywhere, ends where the first would have, and makes no second message.
 *
 * @throws CspError when nobody can have it
 */
export async function send(village: Village, sending: Sending): Promise<Answered> {
  const { sender, request, draft } = sending
  const now = village.now()
  const hash = sentHash(sender.id, ...(request ?? [randomText(village.random, 18)]))
  const { sent, found } = await decide(village, sending, hash, now)
  const validUntil = sent.at + draft.validity * 1000
  const isLong = Buffer.byteLength(draft.content) > inlineMax
  if (isLong) await village.store.sent.putContent(hash, draft.content, Math.ceil(validUntil / 1000) + contentSpare)
  const { user, accountId } = sender
  const content: StoredContent = isLong ? { parts: hash } : { text: draft.content }
  const said = { facts: draft.facts, content, validUntil, at: sent.at }
  for (const group of sent.groups ?? []) await sayInGroup(village, sender, group, said, found?.get(group.id))
  await inLots(sent.recipients, async ({ to, number, only, ...recipient }) => {
    const message: InboxMessage = {
      kind: 'message',
      key: entryKey(sent.order, sent.messageId),
      messageId: sent.messageId,
      from: { user, accountId },
      for: recipient.user,
      facts: draft.facts,
      content,
      validUntil,
      number,
      told: {},
      ...(to && { to }),
      ...(only && { only }),
      ...(recipient.group && { group: recipient.group }),
      ...(draft.wantsReport && { report: true }),
    }
    await village.store.inbox.put(recipient.accountId, message)
    await ring(village, recipient, message)
  })
  return answered(sent, sender)
}

/** What such a request has sent, if it was here before. Strong. */
export async function findSent(
  village: Village,
  sender: Session,
  request: Sending['request'],
): Promise<Answered | undefined> {
  const sent = request && (await village.store.sent.read(sentHash(sender.id, ...request), village.now()))
  return sent && answered(sent, sender)
}

function answered({ messageId, recipients, result: json }: Sent, { accountId }: Session): Answered {
  const result = JSON.parse(json) as ContentTree
  const isForSender = recipients.some((one) => one.accountId === accountId)
  return { messageId, result, isPartial: result.Code !== 200, isForSender }
}

/** Seconds for which content outlasts the validity of its message: an entry that is on its way is still read. */
const contentSpare = 3600

/** Characters of a Result, and of the recipients, that are kept: an item of the table holds 400 kB. */
const longestResult = 50_000
const longestRecipients = 250_000

/**
 * What is kept of whom a request has found, and of what it tells of that.
 *
 * @throws CspError 402 for more than an item of the table holds
 */
export function kept(
  { recipients, result }: { readonly recipients: readonly Recipient[]; readonly result: ContentTree },
  now: number,
): Omit<Sent, 'messageId'> {
  if (Buffer.byteLength(JSON.stringify(recipients)) > longestRecipients)
    throw new CspError(402, 'More recipients are named than can be kept')
  const told = JSON.stringify(result)
  return {
    // After everything that any of them has: so each sender's messages keep their order.
    order: Math.max(now, ...recipients.map(({ lastOrder }) => lastOrder + 1)),
    at: now,
    recipients: recipients.map(({ lastOrder: _, ...one }) => one),
    // Who of very many cannot have it does not fit into what is kept.
    result: told.length > longestResult ? JSON.stringify({ Code: result.Code, Description: result.Description }) : told,
  }
}

/** What this request means, or meant when it came before; the groups as they were found, when it was not here before. */
async function decide(
  village: Village,
  { sender, draft, request, recipients }: Sending,
  hash: string,
  now: number,
): Promise<{ readonly sent: Sent; readonly found?: ReadonlyMap<string, Group> }> {
  const { sent, inbox } = village.store
  try {
    const { recipients: found, groups, result } = await recipients()
    // Whoever does not fetch reports gets no more of them.
    if (draft.wantsReport && (await isFull(village, sender.accountId, await inbox.last(sender.accountId))))
      throw new CspError(507)
    const ofGroup = found.length === 0 ? groups[0]?.sent.messageId : undefined
    const what = kept({ recipients: found, result }, now)
    const decided: Sent = {
      messageId: ofGroup ?? newMessageId(what.order, village.random),
      ...what,
      ...(groups.length > 0 && { groups: groups.map((one) => one.sent) }),
    }
    const standing = request ? await sent.claim(hash, decided) : decided
    if (standing !== decided) return { sent: standing }
    return { sent: decided, found: new Map(groups.map(({ group }) => [group.id, group])) }
  } catch (error) {
    // What was said yes to once stays said, whatever has changed since.
    const before = request && (await sent.read(hash, now))
    if (!before) throw error
    return { sent: before }
  }
}
