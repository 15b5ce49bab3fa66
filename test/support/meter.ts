import type { Item } from '../../src/store/table.ts'
import { itemSize } from './memory/values.ts'
import { createMemoryTable, type MemoryTable, type Operation } from './memoryTable.ts'

/** Request units, as DynamoDB's on-demand tables count them. */
export interface Units {
  readonly reads: number
  readonly writes: number
  /** Writes to the sweeper's index, which an emulator does not count. */
  readonly indexWrites: number
}

export interface Bill extends Units {
  /** Every call and what it cost, to be read when a budget is exceeded. */
  readonly calls: readonly string[]
}

/** A table in memory that counts what each call would cost. */
export interface Meter {
  readonly table: MemoryTable
  /** What `act` costs. */
  measure(act: () => Promise<unknown>): Promise<Bill>
}

export function createMeter(): Meter {
  let calls: { readonly units: Units; readonly text: string }[] = []
  const table = createMemoryTable()
  table.observe((operation) => {
    const units = unitsOf(operation)
    const costs = `${units.reads} read, ${units.writes} written, ${units.indexWrites} in the index`
    calls.push({ units, text: `${operation.call} ${describe(operation)}: ${costs}` })
  })
  return {
    table,
    async measure(act) {
      calls = []
      await act()
      const sum = (name: keyof Units) => calls.reduce((total, { units }) => total + units[name], 0)
      return {
        reads: sum('reads'),
        writes: sum('writes'),
        indexWrites: sum('indexWrites'),
        calls: calls.map(({ text }) => text),
      }
    },
  }
}

function describe(operation: Operation): string {
  if ('key' in operation) return `${operation.key.pk} / ${operation.key.sk}`
  if ('range' in operation) return `${operation.range.pk} / ${operation.range.from ?? ''} …`
  return 'shard' in operation ? operation.shard : 'everything'
}

const kilobytes = (bytes: number, unit: number) => Math.max(1, Math.ceil(bytes / (unit * 1024)))

function unitsOf(operation: Operation): Units {
  if (!('seen' in operation)) return writeUnits(operation.before, operation.after, operation.conditionFailed)
  // A Query adds up the items that it looked at, and rounds the sum up.
  const bytes = (operation.seen as readonly object[]).reduce((total, item) => total + itemSize(item as Item), 0)
  return { reads: kilobytes(bytes, 4) * (operation.consistent ? 1 : 0.5), writes: 0, indexWrites: 0 }
}

/** The larger of before and after counts, also when the condition failed. */
function writeUnits(before: Item | undefined, after: Item | undefined, conditionFailed: boolean): Units {
  const bytes = Math.max(before ? itemSize(before) : 0, after ? itemSize(after) : 0)
  return { reads: 0, writes: kilobytes(bytes, 1), indexWrites: conditionFailed ? 0 : indexWrites(before, after) }
}

/** One for an entry that comes or goes, two for one that moves, none for one that stays as it is (KEYS_ONLY). */
function indexWrites(before: Item | undefined, after: Item | undefined): number {
  const entry = (item: Item | undefined) =>
    item?.sweepShard === undefined || item.sweepAt === undefined ? undefined : `${item.sweepShard} ${item.sweepAt}`
  const [was, is] = [entry(before), entry(after)]
  if (was === is) return 0
  return (was === undefined ? 0 : 1) + (is === undefined ? 0 : 1)
}
