/** A value of an item's attribute: what DynamoDB can hold and JavaScript has. */
export type Value = string | number | boolean | Uint8Array | readonly Value[] | { readonly [name: string]: Value }

export interface Key {
  readonly pk: string
  readonly sk: string
}

export type Item = Key & { readonly [attribute: string]: Value }

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='

/** A clause that must hold: an attribute (a path with dots goes into maps) compared, present or missing. */
export type Clause =
  | { readonly attribute: string; readonly is: Comparison; readonly value: string | number | boolean }
  | { readonly attribute: string; readonly exists: boolean }
  | { readonly anyOf: readonly Condition[] }

/** All clauses must hold. */
export type Condition = readonly Clause[]

/** An attribute's own number plus something, or another attribute's: `liveUntil = liveSpan + now`. */
export interface Sum {
  readonly attribute: string
  readonly plus: number
}

export interface Change {
  readonly set?: Readonly<Record<string, Value | undefined>>
  /** Numbers computed by the database from what it holds. */
  readonly sum?: Readonly<Record<string, Sum>>
  /** Only where the item has no such attribute yet. */
  readonly ifMissing?: Readonly<Record<string, Value>>
  readonly remove?: readonly string[]
}

/** The condition of a write did not hold; nothing was written. */
export class ConditionFailed extends Error {
  constructor() {
    super('The condition of a write did not hold')
    this.name = 'ConditionFailed'
  }
}

/** For `catch`: a write whose condition did not hold is as good as done, or answers undefined; any other error goes on. */
export function ignoreFailedCondition(error: unknown): undefined {
  if (!(error instanceof ConditionFailed)) throw error
}

/** Where a Query starts and ends within a partition, both inclusive. */
export interface Range {
  readonly pk: string
  readonly from?: string
  readonly to?: string
  /** Strongly consistent. An eventual read may only ever say "nothing waiting, still live". */
  readonly consistent: boolean
  /** Items at most; all when absent. */
  readonly limit?: number
  /** From the end of the range on, the last one first. */
  readonly reverse?: boolean
}

/**
 * The few operations that the service needs of DynamoDB, each one call (Query and Scan: one a page). Everything above it
 * knows no expressions; what runs under it is DynamoDB, or a table in memory with faults for tests.
 */
export interface Table {
  get(key: Key, consistent: boolean): Promise<Item | undefined>
  query(range: Range): Promise<Item[]>
  /** @returns the item that was replaced. @throws ConditionFailed */
  put(item: Item, condition?: Condition): Promise<Item | undefined>
  /** Creates the item when there is none, unless the condition forbids it. @returns the new item. @throws ConditionFailed */
  update(key: Key, change: Change, condition?: Condition): Promise<Item>
  /** @returns the item that was there. @throws ConditionFailed */
  delete(key: Key, condition?: Condition): Promise<Item | undefined>
  /** Keys of the sweeper's index in one shard whose time has come, oldest first. Eventually consistent. */
  due(shard: string, until: number, limit: number): Promise<Key[]>
  /** Every item, for the operator's command only. */
  scan(): AsyncIterable<Item>
}

export const attribute = (name: string) => ({
  is: (value: string | number | boolean): Clause => ({ attribute: name, is: '=', value }),
  isNot: (value: string | number | boolean): Clause => ({ attribute: name, is: '<>', value }),
  isOver: (value: number): Clause => ({ attribute: name, is: '>', value }),
  isUnder: (value: number): Clause => ({ attribute: name, is: '<', value }),
  isAtMost: (value: number | string): Clause => ({ attribute: name, is: '<=', value }),
  isPresent: { attribute: name, exists: true } as Clause,
  isMissing: { attribute: name, exists: false } as Clause,
})
