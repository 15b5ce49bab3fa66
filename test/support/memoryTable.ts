import {
  type Change,
  type Condition,
  ConditionFailed,
  type Item,
  type Key,
  type Range,
  type Table,
} from '../../src/store/table.ts'
import { changed, checkChange } from './memory/changes.ts'
import { checkCondition, holds } from './memory/conditions.ts'
import { Partition } from './memory/partition.ts'
import { checkIndexKeys, type IndexEntry, SweepIndex } from './memory/sweepIndex.ts'
import { ValidationException } from './memory/validation.ts'
import { compareText, copyMapIn, copyOut, itemSize } from './memory/values.ts'

/** What a call did. Items are the table's own, and never change: keep them, but do not touch them. */
export type Operation =
  | { readonly call: 'get'; readonly key: Key; readonly consistent: boolean; readonly seen: readonly Item[] }
  | { readonly call: 'query'; readonly range: Range; readonly consistent: boolean; readonly seen: readonly Item[] }
  | { readonly call: 'scan'; readonly consistent: true; readonly seen: readonly Item[] }
  | { readonly call: 'due'; readonly shard: string; readonly consistent: false; readonly seen: readonly IndexEntry[] }
  | Write

export interface Write {
  readonly call: 'put' | 'update' | 'delete'
  readonly key: Key
  readonly before?: Item
  /** What was written, or would have been had the condition held. */
  readonly after?: Item
  readonly conditionFailed: boolean
}

export interface MemoryTable extends Table {
  /** How many items there are. */
  readonly size: number
  /** Everything in the table, by partition and sort key in the order of DynamoDB: for assertions. */
  items(): Item[]
  /** An item as it is, unless there is none: for assertions. */
  item(key: Key): Item | undefined
  /**
   * Tells of every call that reaches the table, when it has taken effect; not of those that a ValidationException refused.
   *
   * @returns ends it
   */
  observe(observer: (operation: Operation) => void): () => void
}

/** Bytes of an item, its name and values, at most. */
const maxItemSize = 400 * 1024

/**
 * The table in memory, exact in what the service uses of DynamoDB. Every call takes effect at once, before its promise is
 * even returned; so what a test sees happens in the order of the calls. Always consistent, deletes nothing on its own: for
 * stale reads, lost answers and expiry put `faultTable.ts` around it.
 */
export function createMemoryTable(): MemoryTable {
  const partitions = new Map<string, Partition>()
  const index = new SweepIndex()
  const observers = new Set<(operation: Operation) => void>()
  let size = 0

  const tell = (operation: Operation) => {
    for (const observer of observers) observer(operation)
  }

  const find = ({ pk, sk }: Key) => partitions.get(pk)?.get(sk)

  const store = ({ pk, sk }: Key, before: Item | undefined, after: Item | undefined) => {
    index.replace(before, after)
    size += (after ? 1 : 0) - (before ? 1 : 0)
    let partition = partitions.get(pk)
    if (after) {
      if (!partition) {
        partition = new Partition()
        partitions.set(pk, partition)
      }
      partition.set(sk, after)
    } else if (partition) {
      partition.delete(sk)
      if (partition.size === 0) partitions.delete(pk)
    }
  }

  /** One write: condition, outcome, observation. @returns before and after */
  const write = (
    call: 'put' | 'update' | 'delete',
    key: Key,
    condition: Condition | undefined,
    outcome: (before: Item | undefined) => Item | undefined,
  ) => {
    checkKey(key)
    if (condition) checkCondition(condition)
    const before = find(key)
    const conditionFailed = condition !== undefined && !holds(before, condition)
    if (conditionFailed) {
      if (observers.size > 0) tell({ call, key, before, after: attempt(() => outcome(before)), conditionFailed })
      throw new ConditionFailed()
    }
    const after = outcome(before)
    if (after) checkItem(after)
    if (before || after) store(key, before, after)
    tell({ call, key, before, after, conditionFailed })
    return { before, after }
  }

  const all = () => [...partitions.values()].flatMap((partition) => partition.between(undefined, undefined))

  return {
    get size() {
      return size
    },

    items: () => all().sort(compareKeys).map(copyOut),

    item: (key) => copied(find(key)),

    observe(observer) {
      observers.add(observer)
      return () => observers.delete(observer)
    },

    async get(key, consistent) {
      checkKey(key)
      const item = find(key)
      tell({ call: 'get', key, consistent, seen: item ? [item] : [] })
      return copied(item)
    },

    async query(range) {
      checkRange(range)
      const seen = pageOf(partitions.get(range.pk)?.between(range.from, range.to) ?? [], range)
      tell({ call: 'query', range, consistent: range.consistent, seen })
      return seen.map(copyOut)
    },

    async put(item, condition) {
      const own = copyMapIn(item) as Item
      return copied(write('put', { pk: own.pk, sk: own.sk }, condition, () => own).before)
    },

    async update({ pk, sk }: Key, change: Change, condition) {
      checkChange(change)
      return copyOut(write('update', { pk, sk }, condition, (before) => changed({ pk, sk }, before, change)).after!)
    },

    async delete({ pk, sk }: Key, condition) {
      return copied(write('delete', { pk, sk }, condition, () => undefined).before)
    },

    async due(shard, until, limit) {
      if (!(limit >= 1)) throw new ValidationException('Value at limit has to be at least 1')
      const seen = index.due(shard, until, limit)
      tell({ call: 'due', shard, consistent: false, seen })
      return seen.map(({ pk, sk }) => ({ pk, sk }))
    },

    async *scan() {
      const seen = all()
      tell({ call: 'scan', consistent: true, seen })
      for (const item of seen) yield copyOut(item)
    },
  }
}

/** What a Query with a limit reads, in its order. */
export function pageOf<One>(items: One[], { reverse = false, limit }: Pick<Range, 'reverse' | 'limit'>): One[] {
  const ordered = reverse ? items.reverse() : items
  return limit === undefined ? ordered : ordered.slice(0, limit)
}

const copied = (item: Item | undefined) => item && copyOut(item)

const compareKeys = (a: Key, b: Key) => compareText(a.pk, b.pk) || compareText(a.sk, b.sk)

/** What would have been written; undefined when it could not have been. */
function attempt(outcome: () => Item | undefined): Item | undefined {
  try {
    return outcome()
  } catch {
    return undefined
  }
}

function checkKey({ pk, sk }: Key): void {
  checkKeyText('pk', pk, 2048)
  checkKeyText('sk', sk, 1024)
}

function checkKeyText(name: string, text: unknown, maxBytes: number): void {
  if (typeof text !== 'string') throw new ValidationException(`Type mismatch for key ${name} expected: S`)
  if (text === '') throw new ValidationException(`The AttributeValue for a key attribute cannot be empty: ${name}`)
  // A character has three bytes at most (a surrogate pair four).
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw new ValidationException(`Size of key ${name} has exceeded the maximum of ${maxBytes} bytes`)
  }
}

function checkRange({ pk, from, to, limit }: Range): void {
  checkKeyText('pk', pk, 2048)
  if (from !== undefined) checkKeyText('sk', from, 1024)
  if (to !== undefined) checkKeyText('sk', to, 1024)
  if (limit !== undefined && !(limit >= 1)) throw new ValidationException('Value at limit has to be at least 1')
  if (from !== undefined && to !== undefined && compareText(from, to) > 0) {
    throw new ValidationException('BETWEEN: the upper bound must be greater than or equal to the lower bound')
  }
}

function checkItem(item: Item): void {
  checkIndexKeys(item)
  if (itemSize(item) > maxItemSize) throw new ValidationException('Item size has exceeded the maximum allowed size')
}
