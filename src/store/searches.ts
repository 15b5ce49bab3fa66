import { searchKey, within } from './keys.ts'
import { toRecord } from './records.ts'
import { schemaVersion } from './sessionItem.ts'
import type { Item, Value } from './table.ts'
import type { Writes } from './writes.ts'

/** One that was found. */
export interface Hit {
  /** A user's account name, or a group's address. */
  readonly name: string
  /** As the user has said it in a public profile. */
  readonly friendlyName?: string
}

/** What a search has found, while a client pages through it. */
export interface OpenSearch {
  readonly kind: 'user' | 'group'
  readonly hits: readonly Hit[]
  /** Results in a page, as the client has asked. */
  readonly limit: number
  /** Milliseconds since 1970. */
  readonly validUntil: number
}

/** Searches that sessions page through, among the items of the session. */
export class SearchStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  async put(sessionId: string, searchId: string, search: OpenSearch): Promise<void> {
    const expiresAt = Math.ceil(search.validUntil / 1000)
    await this.#writes.table.put({
      ...searchKey(sessionId, searchId),
      schemaVersion,
      ...(search as object as Record<string, Value>),
      expiresAt,
    } as Item)
  }

  /** Strong. */
  async read(sessionId: string, searchId: string): Promise<OpenSearch | undefined> {
    const item = await this.#writes.table.get(searchKey(sessionId, searchId), true)
    return item && toRecord<OpenSearch>(item)
  }

  /** When the searches of a session are over, by SearchID. Strong. */
  async open(sessionId: string): Promise<Map<string, number>> {
    const prefix = searchKey(sessionId, '')
    const items = await this.#writes.table.query(within(prefix, true))
    return new Map(items.map(({ sk, validUntil }) => [sk.slice(prefix.sk.length), Number(validUntil)]))
  }

  async remove(sessionId: string, searchId: string): Promise<void> {
    await this.#writes.table.delete(searchKey(sessionId, searchId))
  }
}
