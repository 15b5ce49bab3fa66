import type { Item, Key, Range } from '../../../src/store/table.ts'
import { type IndexEntry, isInIndex } from '../memory/sweepIndex.ts'
import { compareText, copyOut } from '../memory/values.ts'
import type { MemoryTable, Operation } from '../memoryTable.ts'

/** One write that took effect. */
interface Change {
  /** When, milliseconds since 1970. */
  readonly at: number
  readonly key: Key
  readonly before?: Item
  readonly after?: Item
}

/** Changes that are remembered; what is older is seen by everybody. */
const maxChanges = 256

/**
 * The last writes to a table, to show it as a replica that has not seen the newest of them would: always all changes up to
 * some moment and none after it, as a replica applies the log of its partition. Another read may well come to another one.
 */
export class History {
  readonly #changes: Change[] = []
  readonly #now: () => number
  readonly #lag: number

  /** @param lag milliseconds after which every replica has seen a change */
  constructor(now: () => number, lag: number) {
    this.#now = now
    this.#lag = lag
  }

  note(operation: Operation): void {
    if ('seen' in operation || operation.conditionFailed) return
    const { key, before, after } = operation
    if (!before && !after) return
    this.#changes.push({ at: this.#now(), key, before, after })
    if (this.#changes.length >= 2 * maxChanges) this.#changes.splice(0, maxChanges)
  }

  /** Changes of a partition that a replica may not have seen, newest first. */
  recentIn(pk: string): Change[] {
    return this.#recent((change) => change.key.pk === pk)
  }

  /** Changes of a shard of the index that it may not show yet, newest first. */
  recentInShard(shard: string): Change[] {
    return this.#recent(({ before, after }) => {
      const left = isInIndex(before) && before!.sweepShard === shard
      const entered = isInIndex(after) && after!.sweepShard === shard
      return (left || entered) && !(left && entered && before!.sweepAt === after!.sweepAt)
    })
  }

  #recent(concerns: (change: Change) => boolean): Change[] {
    const found: Change[] = []
    for (let index = this.#changes.length - 1; index >= 0; index--) {
      const change = this.#changes[index]!
      if (change.at <= this.#now() - this.#lag || found.length === maxChanges) break
      if (concerns(change)) found.push(change)
    }
    return found
  }
}

/** What each item of the unseen changes was before them, by sort key and partition. */
function undone(unseen: readonly Change[]): Map<string, { key: Key; item?: Item }> {
  const items = new Map<string, { key: Key; item?: Item }>()
  // The oldest of several changes of an item comes last, and stays.
  for (const { key, before } of unseen) items.set(`${key.sk}\n${key.pk}`, { key, item: before })
  return items
}

/** An item as it was before the unseen changes, if it is one of theirs. */
export function staleItem(unseen: readonly Change[], { pk, sk }: Key, current: Item | undefined): Item | undefined {
  const old = undone(unseen).get(`${sk}\n${pk}`)
  if (!old) return current
  return old.item && copyOut(old.item)
}

/** The answer to a Query before the unseen changes. */
export function staleItems(unseen: readonly Change[], { from, to }: Range, current: readonly Item[]): Item[] {
  const old = undone(unseen)
  const isWithin = (sk: string) =>
    (from === undefined || compareText(sk, from) >= 0) && (to === undefined || compareText(sk, to) <= 0)
  const unchanged = current.filter(({ pk, sk }) => !old.has(`${sk}\n${pk}`))
  const earlier = [...old.values()].flatMap(({ item }) => (item && isWithin(item.sk) ? [copyOut(item)] : []))
  return [...unchanged, ...earlier].sort((a, b) => compareText(a.sk, b.sk))
}

/**
 * The index's answer before the unseen changes.
 *
 * @param current the keys that are due now: as many more than wanted as there are unseen changes
 * @param table where to look up when those are due
 */
export function staleDue(
  unseen: readonly Change[],
  { shard, until, limit }: { readonly shard: string; readonly until: number; readonly limit: number },
  current: readonly Key[],
  table: Pick<MemoryTable, 'item'>,
): Key[] {
  const old = undone(unseen)
  const unchanged = current
    .filter(({ pk, sk }) => !old.has(`${sk}\n${pk}`))
    .flatMap((key) => (table.item(key) as unknown as IndexEntry) ?? [])
  const earlier = [...old.values()]
    .filter(({ item }) => isInIndex(item) && item!.sweepShard === shard && Number(item!.sweepAt) <= until)
    .map(({ item }) => item as unknown as IndexEntry)
  return [...unchanged, ...earlier]
    .sort((a, b) => a.sweepAt - b.sweepAt)
    .slice(0, limit)
    .map(({ pk, sk }) => ({ pk, sk }))
}
