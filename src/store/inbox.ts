import { type InboxEntry, type InboxMessage, orderOf, settledAfter, type Told } from '../messaging/message.ts'
import { inboxHolderKey, inboxKey, inboxSkPrefix, sweepShardOf } from './keys.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition, type Value } from './table.ts'
import type { Writes } from './writes.ts'

/** The session that fetches a user's messages, and others that may have some on their way. */
export interface Holder {
  readonly sessionId: string
  readonly others: readonly string[]
}

export interface FoundHolder extends Holder {
  readonly writeId: string
}

/** A part of an inbox. */
export interface InboxPage {
  /** What is not done with; the time of some may be over. */
  readonly entries: readonly InboxEntry[]
  /** All that was read, in order: the keys, and whether each is done with, or its time is over. */
  readonly read: readonly { readonly key: string; readonly isOver: boolean }[]
  /** Where to go on; absent at the end. */
  readonly next?: string
}

const keyIn = (item: Item): string => item.sk.slice(inboxSkPrefix.length)

/** Sessions that are remembered as told. */
const toldMax = 16

const isOver = ({ done, validUntil }: Item, now: number): boolean => done === true || Number(validUntil) <= now

/** Seconds for which an entry stays in the table when its time is over: the sweeper comes by, TTL is for garbage. */
const spare = 2 * 86400

/** The first key after that one. */
const after = (key: string): string => `${key} `

/**
 * Inboxes in the table: the messages for a user, the reports on what the user has sent, and invitations, in one order. What was
 * acknowledged leaves a mark for a while, so that its sender's request can be repeated without making it anew.
 */
export class InboxStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** Puts an entry in its place, unless it is there or was: one write. @returns false when it was there already */
  async put(accountId: string, { key, ...entry }: InboxEntry): Promise<boolean> {
    const place = inboxKey(accountId, key)
    const wantsEnd = entry.kind === 'message' && entry.report
    const item: Item = {
      ...place,
      schemaVersion,
      ...definedValues(entry),
      // Whoever asked for a report learns of the end of its validity; else nobody has to come by.
      ...(wantsEnd && { sweepShard: sweepShardOf(place.pk), sweepAt: entry.validUntil }),
      expiresAt: Math.ceil(entry.validUntil / 1000) + spare,
    }
    const put = this.#writes.table.put(item, [attribute('pk').isMissing]).then(() => true)
    return (await put.catch(ignoreFailedCondition)) ?? false
  }

  /** Strong. Undefined when it is not there, or done with. */
  async read(accountId: string, key: string): Promise<InboxEntry | undefined> {
    const item = await this.#writes.table.get(inboxKey(accountId, key), true)
    return item && !item.done ? toEntry(item) : undefined
  }

  /** True for an entry that was done with a moment ago. Strong. */
  async isMarked(accountId: string, key: string): Promise<boolean> {
    return (await this.#writes.table.get(inboxKey(accountId, key), true))?.done === true
  }

  /** The next items of an inbox: one Query. @param from a key */
  async page(
    accountId: string,
    { from, limit, consistent, now }: { from: string; limit: number; consistent: boolean; now: number },
  ): Promise<InboxPage> {
    const { pk, sk } = inboxKey(accountId, from)
    const items = await this.#writes.table.query({ pk, from: sk, to: `${inboxSkPrefix}\uffff`, consistent, limit })
    const last = items.at(-1)
    return {
      ...(last && items.length === limit && { next: after(keyIn(last)) }),
      entries: items.filter(({ done }) => done !== true).map(toEntry),
      read: items.map((item) => ({ key: keyIn(item), isOver: isOver(item, now) })),
    }
  }

  /** An inbox from a key on, page by page, for as long as somebody wants more of it. */
  async *pages(accountId: string, { from, ...range }: Parameters<InboxStore['page']>[1]): AsyncIterable<InboxPage> {
    let next: string | undefined = from
    while (next !== undefined) {
      const page: InboxPage = await this.page(accountId, { ...range, from: next })
      yield page
      next = page.next
    }
  }

  /** The newest item, done with or not, read strongly: what its order and number are. One Query. */
  async last(accountId: string): Promise<{ readonly order: number; readonly number: number } | undefined> {
    return this.#end(accountId, true)
  }

  /** The same of the oldest one. */
  async first(accountId: string): Promise<{ readonly order: number; readonly number: number } | undefined> {
    return this.#end(accountId, false)
  }

  async #end(accountId: string, reverse: boolean) {
    const { pk, sk } = inboxKey(accountId)
    const range = { pk, from: sk, to: `${sk}\uffff`, consistent: true, limit: 1, reverse }
    const [item] = await this.#writes.table.query(range)
    return item && { order: orderOf(keyIn(item)), number: Number(item.number) }
  }

  /** A session was told of it, or has had its tries. One write. */
  async tell(accountId: string, key: string, sessionId: string, told: Told): Promise<void> {
    const place = inboxKey(accountId, key)
    const isThere = [attribute('messageId').isPresent]
    const update = (set: Record<string, Value>) =>
      this.#writes.table.update(place, { set }, isThere).catch(ignoreFailedCondition)
    const value = definedValues(told)
    const item = await update({ [`told.${sessionId}`]: value })
    // A client that never acknowledges and logs in all day must not make the item large.
    if (Object.keys(item?.told ?? {}).length > toldMax) await update({ told: { [sessionId]: value } })
  }

  /**
   * Decides what the sender is told of a message, unless that is decided.
   *
   * @returns the message with its outcome; undefined when it is done with
   */
  async decide(accountId: string, key: string, outcome: Outcome): Promise<Decided | undefined> {
    const condition = [attribute('messageId').isPresent, attribute('outcome').isMissing]
    const decided = await this.#writes
      .update(inboxKey(accountId, key), { set: { outcome: { ...outcome } } }, condition)
      .then(toEntry, ignoreFailedCondition)
    return isDecided(decided ?? (await this.read(accountId, key)))
  }

  /** Gives the same outcome another time. @returns the message; undefined when it is done with */
  async renew(accountId: string, { key, outcome }: Decided, at: number): Promise<Decided | undefined> {
    const condition = [attribute('outcome.at').is(outcome.at)]
    const renewed = await this.#writes
      .update(inboxKey(accountId, key), { set: { 'outcome.at': at } }, condition)
      .then(toEntry, ignoreFailedCondition)
    return isDecided(renewed ?? (await this.read(accountId, key)))
  }

  /** True for an entry that is there, or was done with a moment ago. Strong. */
  async isKnown(accountId: string, key: string): Promise<boolean> {
    return (await this.#writes.table.get(inboxKey(accountId, key), true)) !== undefined
  }

  /**
   * Delivered, rejected, forwarded or expired: it is done with. One write. Of one that is young a mark stays, which TTL
   * removes: then the same request of the sender, repeated, does not put it there again.
   *
   * @param now milliseconds since 1970
   */
  async finish(accountId: string, key: string, now: number): Promise<void> {
    const place = inboxKey(accountId, key)
    if (now - orderOf(key) >= settledAfter) return void (await this.#writes.table.delete(place))
    const change = {
      set: { done: true, expiresAt: Math.ceil((orderOf(key) + settledAfter) / 1000) },
      remove: [...contents, 'sweepShard', 'sweepAt'],
    }
    await this.#writes.table.update(place, change, [attribute('pk').isPresent]).catch(ignoreFailedCondition)
  }

  /** Removes an entry of an account that is being removed. */
  async remove(accountId: string, key: string): Promise<void> {
    await this.#writes.table.delete(inboxKey(accountId, key))
  }

  /** Strong. */
  async holder(accountId: string): Promise<FoundHolder | undefined> {
    const item = await this.#writes.table.get(inboxHolderKey(accountId), true)
    return item && (item as unknown as FoundHolder)
  }

  /** Makes a session the one that fetches. @returns false when another invocation was faster */
  async hold(accountId: string, holder: Holder, replaced: FoundHolder | undefined): Promise<boolean> {
    const item: Item = { ...inboxHolderKey(accountId), schemaVersion, ...(holder as unknown as Record<string, Value>) }
    const asRead = replaced ? attribute('writeId').is(replaced.writeId) : attribute('pk').isMissing
    return (await this.#writes.put(item, [asRead]).catch(ignoreFailedCondition)) !== undefined
  }
}

type Outcome = NonNullable<InboxMessage['outcome']>

/** A message of which it is decided what its sender is told. */
export type Decided = InboxMessage & { readonly outcome: Outcome }

const isDecided = (entry: InboxEntry | undefined): Decided | undefined =>
  entry?.kind === 'message' && entry.outcome ? (entry as Decided) : undefined

/** What is left out of the mark of an entry that is done with. */
const contents = [
  'for',
  'messageId',
  'facts',
  'from',
  'to',
  'group',
  'content',
  'report',
  'only',
  'told',
  'outcome',
  'validUntil',
  'kind',
  'what',
  'sender',
  'senderName',
  'since',
]

const toEntry = (item: Item): InboxEntry => {
  const { pk: _, sk: __, schemaVersion: ___, writeId: ____, expiresAt: _____, sweepShard: ______, ...entry } = item
  return { ...entry, key: keyIn(item) } as unknown as InboxEntry
}
