import { ConditionFailed, type Item, type Key } from '../../../src/store/table.ts'
import { compareText } from '../memory/values.ts'
import type { MemoryTable, Operation } from '../memoryTable.ts'
import { SortedList } from '../sortedList.ts'

interface Expiring extends Key {
  /** Seconds since 1970. */
  readonly expiresAt: number
}

const compare = (a: Expiring, b: Expiring) =>
  a.expiresAt - b.expiresAt || compareText(a.pk, b.pk) || compareText(a.sk, b.sk)

const expiring = (item: Item | undefined): Expiring | undefined =>
  typeof item?.expiresAt === 'number' ? (item as unknown as Expiring) : undefined

/** DynamoDB's TTL on `expiresAt`: which items may be gone by now. It promises to remove them some day, not when. */
export class Expiry {
  readonly #items = new SortedList<Expiring>(compare)
  readonly #table: MemoryTable
  readonly #now: () => number

  constructor(table: MemoryTable, now: () => number) {
    this.#table = table
    this.#now = now
    for (const item of table.items()) if (expiring(item)) this.#items.add(expiring(item)!)
  }

  note(operation: Operation): void {
    if ('seen' in operation || operation.conditionFailed) return
    const before = expiring(operation.before)
    const after = expiring(operation.after)
    if (before && after && before.expiresAt === after.expiresAt) return
    if (before) this.#items.delete(before)
    if (after) this.#items.add({ pk: after.pk, sk: after.sk, expiresAt: after.expiresAt })
  }

  /** How many items have expired and are still there. */
  get expired(): number {
    // No key is empty, so this sorts before every item that expires later.
    return this.#items.indexFrom({ pk: '', sk: '', expiresAt: Math.floor(this.#now() / 1000) + 1 })
  }

  /** Removes one of them. @param index 0 … expired - 1, the longest expired first */
  async remove(index: number): Promise<void> {
    const { pk, sk } = this.#items.at(index)!
    const isExpired = { attribute: 'expiresAt', is: '<=', value: this.#now() / 1000 } as const
    await this.#table.delete({ pk, sk }, [isExpired]).catch((error) => {
      // Somebody has given it a longer life meanwhile, or removed it.
      if (!(error instanceof ConditionFailed)) throw error
    })
  }
}
