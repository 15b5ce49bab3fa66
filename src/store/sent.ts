import type { ScreenName } from '../invitations/entry.ts'
import { type OneClient, type PrivateInGroup, repeatWindow } from '../messaging/message.ts'
import type { Owner } from '../presence/subscription.ts'
import { partKey, sentKey, within } from './keys.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, type Clause, ConditionFailed, type Item } from './table.ts'
import type { Writes } from './writes.ts'

/** What a request that sent a message has decided: repeated, it means the same message and gets the same answer. */
export interface Sent {
  readonly messageId: string
  /** Its order in the inboxes. */
  readonly order: number
  /** When it was decided, milliseconds since 1970. */
  readonly at: number
  /** Who gets it: account, number in the inbox, and the client that alone is meant. */
  readonly recipients: readonly SentTo[]
  /** The groups in whose logs it stands. */
  readonly groups?: readonly SentToGroup[]
  /** The Result of the answer, as JSON. */
  readonly result: string
}

/** A group, and what makes a message in its log this one. */
export interface SentToGroup {
  readonly id: string
  /** The name by which the group is kept. */
  readonly key: string
  readonly messageId: string
  /** A number that the log had reached before. */
  readonly after: number
  /** Who sends, as the others know him. */
  readonly screenName: string
  readonly showID: boolean
}

export interface SentTo extends Owner {
  readonly number: number
  readonly to?: OneClient
  readonly only?: readonly string[]
  /** The screen name by which the user was named. */
  readonly as?: ScreenName
  /** A private message from one in a group to another. */
  readonly group?: PrivateInGroup
}

/** Bytes of one part: an item of the table holds 400 kB. */
const partSize = 300_000

/** Messages as their senders have sent them, by the hash of the request. */
export class SentStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * Notes what a request has decided, unless the same request has been here of late: one write.
   *
   * @returns what stands: this, or what was decided then
   */
  async claim(hash: string, sent: Sent): Promise<Sent> {
    const item: Item = {
      ...sentKey(hash),
      schemaVersion,
      ...(sent as object as Item),
      expiresAt: Math.ceil(sent.at / 1000) + repeatWindow,
    }
    const isNew: Clause = {
      anyOf: [[attribute('pk').isMissing], [attribute('at').isAtMost(sent.at - repeatWindow * 1000)]],
    }
    try {
      await this.#writes.put(item, [isNew])
      return sent
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      return (await this.read(hash, sent.at)) ?? sent
    }
  }

  /** Strong. @param now milliseconds since 1970 */
  async read(hash: string, now: number): Promise<Sent | undefined> {
    const item = await this.#writes.table.get(sentKey(hash), true)
    return item && now - Number(item.at) < repeatWindow * 1000 ? (item as unknown as Sent) : undefined
  }

  /** Keeps a content in as many parts as it takes. @param expiresAt seconds since 1970 */
  async putContent(hash: string, content: string, expiresAt: number): Promise<void> {
    const bytes = Buffer.from(content, 'utf8')
    const count = Math.ceil(bytes.length / partSize)
    for (let number = 0; number < count; number++) {
      const part = new Uint8Array(bytes.subarray(number * partSize, (number + 1) * partSize))
      await this.#writes.table.put({ ...partKey(hash, number), schemaVersion, bytes: part, expiresAt })
    }
  }

  async content(hash: string): Promise<string> {
    const items = await this.#writes.table.query(within(partKey(hash), true))
    if (items.length === 0) throw new Error('The content of a message is gone')
    return Buffer.concat(items.map((item) => item.bytes as Uint8Array)).toString('utf8')
  }
}
