import type { Item } from '../../../src/store/table.ts'
import { SortedList } from '../sortedList.ts'
import { ValidationException } from './validation.ts'
import { compareText } from './values.ts'

/** What the index holds of an item: its keys and the index's own (KEYS_ONLY). */
export interface IndexEntry {
  readonly pk: string
  readonly sk: string
  readonly sweepShard: string
  readonly sweepAt: number
}

/** An item is in the index only while it has both keys. */
export const isInIndex = (item: Item | undefined): boolean =>
  item !== undefined && item.sweepShard !== undefined && item.sweepAt !== undefined

/** @throws ValidationException when the item has an index key of the wrong type: DynamoDB refuses such a write */
export function checkIndexKeys(item: Item): void {
  const { sweepShard, sweepAt } = item
  if (sweepShard !== undefined && (typeof sweepShard !== 'string' || sweepShard === '')) {
    throw new ValidationException('Type mismatch for Index Key sweepShard Expected: S, not empty; IndexName: sweep')
  }
  if (sweepAt !== undefined && typeof sweepAt !== 'number') {
    throw new ValidationException('Type mismatch for Index Key sweepAt Expected: N; IndexName: sweep')
  }
}

/** DynamoDB promises no order among entries of the same time; this one is at least always the same. */
const compare = (a: IndexEntry, b: IndexEntry) =>
  a.sweepAt - b.sweepAt || compareText(a.pk, b.pk) || compareText(a.sk, b.sk)

const entryOf = (item: Item | undefined): IndexEntry | undefined =>
  isInIndex(item) ? (item as unknown as IndexEntry) : undefined

/** The index `sweep`: partition `sweepShard`, sorted by `sweepAt`. */
export class SweepIndex {
  readonly #shards = new Map<string, SortedList<IndexEntry>>()

  replace(before: Item | undefined, after: Item | undefined): void {
    const left = entryOf(before)
    const entered = entryOf(after)
    if (left && entered && left.sweepShard === entered.sweepShard && left.sweepAt === entered.sweepAt) return
    if (left) this.#shards.get(left.sweepShard)!.delete(left)
    if (!entered) return
    const { pk, sk, sweepShard, sweepAt } = entered
    let shard = this.#shards.get(sweepShard)
    if (!shard) {
      shard = new SortedList(compare)
      this.#shards.set(sweepShard, shard)
    }
    shard.add({ pk, sk, sweepShard, sweepAt })
  }

  due(sweepShard: string, until: number, limit: number): IndexEntry[] {
    const shard = this.#shards.get(sweepShard)
    if (!shard) return []
    const due: IndexEntry[] = []
    for (let index = 0; due.length < limit; index++) {
      const entry = shard.at(index)
      if (!entry || entry.sweepAt > until) break
      due.push(entry)
    }
    return due
  }
}
