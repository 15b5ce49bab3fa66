import type { Item } from '../../../src/store/table.ts'
import { SortedList } from '../sortedList.ts'
import { compareText } from './values.ts'

/** The items of one partition key, in the order of their sort keys. Items are never changed in place. */
export class Partition {
  readonly #items = new Map<string, Item>()
  readonly #order = new SortedList(compareText)

  get size(): number {
    return this.#items.size
  }

  get(sk: string): Item | undefined {
    return this.#items.get(sk)
  }

  set(sk: string, item: Item): void {
    if (!this.#items.has(sk)) this.#order.add(sk)
    this.#items.set(sk, item)
  }

  delete(sk: string): void {
    if (this.#items.delete(sk)) this.#order.delete(sk)
  }

  /** Both ends inclusive; all when there are none. */
  between(from: string | undefined, to: string | undefined): Item[] {
    const found: Item[] = []
    for (let index = from === undefined ? 0 : this.#order.indexFrom(from); index < this.#order.length; index++) {
      const sk = this.#order.at(index)!
      if (to !== undefined && compareText(sk, to) > 0) break
      found.push(this.#items.get(sk)!)
    }
    return found
  }
}
