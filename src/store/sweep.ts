import { sweepShards } from './keys.ts'
import type { Key, Table } from './table.ts'

/** The sweeper's index: what is due. */
export class SweepStore {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** The shards to look through, in no order that matters. */
  readonly shards = sweepShards

  /** Keys whose time has come by `until` (milliseconds since 1970), oldest first, at most `limit`. Eventual. */
  due(shard: string, until: number, limit: number): Promise<Key[]> {
    return this.#table.due(shard, until, limit)
  }
}
