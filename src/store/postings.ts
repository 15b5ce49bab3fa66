import { postingKey } from './keys.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, type Condition, type Item, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

/** Something stands in the index under a gram of one of its texts, which goes along to be compared. */
export interface Posting {
  readonly element: string
  readonly gram: string
  readonly text: string
}

/** Whose posting it is: users and groups have partitions of their own, and names that end in `#` and an incarnation. */
export interface PostedAs {
  readonly kind: 'user' | 'group'
  readonly name: string
}

/** Who was found under a gram. */
export interface Found {
  readonly name: string
  readonly text: string
}

/** The index of searches: a partition for each gram. */
export class PostingStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** One write. A change that is older than what stands there comes too late. */
  async put({ kind, name }: PostedAs, { element, gram, text }: Posting, version: number): Promise<void> {
    const item: Item = { ...postingKey(kind, element, gram, name), schemaVersion, text, version }
    const notNewer: Condition = [
      { anyOf: [[attribute('version').isMissing], [attribute('version').isAtMost(version)]] },
    ]
    await this.#writes.table.put(item, notNewer).catch(ignoreFailedCondition)
  }

  /** One write. */
  async remove({ kind, name }: PostedAs, { element, gram }: Posting, version: number): Promise<void> {
    const notNewer = [attribute('version').isAtMost(version)]
    await this.#writes.table.delete(postingKey(kind, element, gram, name), notNewer).catch(ignoreFailedCondition)
  }

  /**
   * Who stands under a gram, in the order of their names. One Query, eventual: whoever is found is looked at strongly
   * before anybody is told; who came a moment ago may be missing.
   */
  async find(kind: PostedAs['kind'], element: string, gram: string, limit: number): Promise<Found[]> {
    const { pk } = postingKey(kind, element, gram, '')
    const items = await this.#writes.table.query({ pk, consistent: false, limit })
    return items.map(({ sk, text }) => ({ name: sk, text: String(text) }))
  }
}
