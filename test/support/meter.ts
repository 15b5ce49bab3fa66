import type { Key, Range } from '../../src/store/table.ts'
import { type IndexEntry, isInIndex } from './memory/sweepIndex.ts'
import { itemSize, type ValueMap } from './memory/values.ts'
import type { MemoryTable, Operation, Write } from './memoryTable.ts'

/** What one call to the table costs, in request units of DynamoDB (on demand). */
export interface Cost {
  readonly reads: number
  readonly writes: number
  /** Write units of the index `sweep`, which the emulators do not count. */
  readonly indexWrites: number
}

export interface MeteredOperation extends Cost {
  /** The call in words: which, on what, how much it saw or wrote. */
  readonly text: string
}

export interface Measurement<Result = unknown> extends Cost {
  readonly operations: readonly MeteredOperation[]
  readonly result: Result
  /** The operations, one a line with their units, and the sum: for the message of a failing test. */
  toString(): string
}

export interface Meter {
  /** Counts what is done to the table, by anybody, until the promise settles. Measurements may overlap. */
  measure<Result>(act: () => Promise<Result>): Promise<Measurement<Result>>
}

const readUnit = 4096
const writeUnit = 1024

/**
 * A meter for the request units of a table in memory, by the rules of DynamoDB's documentation: reads go by 4 KB, half price
 * when eventual, sizes summed within a Query, at least one unit; writes go by 1 KB of the item before or after, whichever is
 * larger, also when there was nothing to delete or the condition failed; the index costs extra as its entries change.
 */
export function createMeter(table: MemoryTable): Meter {
  return {
    async measure(act) {
      const operations: MeteredOperation[] = []
      const stop = table.observe((operation) => operations.push(metered(operation)))
      try {
        return measurement(await act(), operations)
      } finally {
        stop()
      }
    },
  }
}

function measurement<Result>(result: Result, operations: readonly MeteredOperation[]): Measurement<Result> {
  const sum = (kind: keyof Cost) => operations.reduce((total, operation) => total + operation[kind], 0)
  const cost = { reads: sum('reads'), writes: sum('writes'), indexWrites: sum('indexWrites') }
  return {
    ...cost,
    operations,
    result,
    toString: () => [...operations.map(line), `= ${priced(cost)}`].join('\n'),
  }
}

const line = (operation: MeteredOperation) => `${operation.text}: ${priced(operation)}`

const priced = ({ reads, writes, indexWrites }: Cost) =>
  [reads > 0 && `${reads} read`, writes > 0 && `${writes} write`, indexWrites > 0 && `${indexWrites} index write`]
    .filter(Boolean)
    .join(', ') || 'nothing'

function metered(operation: Operation): MeteredOperation {
  return 'seen' in operation ? meteredRead(operation) : meteredWrite(operation)
}

function meteredRead(operation: Exclude<Operation, Write>): MeteredOperation {
  const entries = operation.call === 'due' ? operation.seen.map(indexEntry) : operation.seen
  const bytes = entries.reduce((total, item) => total + itemSize(item), 0)
  const units = Math.max(1, Math.ceil(bytes / readUnit))
  const how = operation.consistent ? 'strong' : 'eventual'
  return {
    text: `${operation.call} ${whereOf(operation)} ${how}, ${entries.length} of ${bytes} B`,
    reads: operation.consistent ? units : units / 2,
    writes: 0,
    indexWrites: 0,
  }
}

function whereOf(operation: Exclude<Operation, Write>): string {
  if (operation.call === 'get') return named(operation.key)
  if (operation.call === 'query') return rangeOf(operation.range)
  return operation.call === 'due' ? operation.shard : 'everything'
}

const named = ({ pk, sk }: Key) => `${pk} / ${sk}`

const rangeOf = ({ pk, from, to }: Range) =>
  from === undefined && to === undefined ? `${pk} / all` : `${pk} / ${from ?? ''}…${to ?? ''}`

function meteredWrite({ call, key, before, after, conditionFailed }: Write): MeteredOperation {
  const bytes = Math.max(before ? itemSize(before) : 0, after ? itemSize(after) : 0)
  return {
    text: `${call} ${named(key)} ${bytes} B${conditionFailed ? ', condition failed' : ''}`,
    reads: 0,
    writes: Math.max(1, Math.ceil(bytes / writeUnit)),
    indexWrites: conditionFailed ? 0 : indexWrites({ before, after }),
  }
}

/** KEYS_ONLY: nothing while the keys stay, one write to enter or leave, a deletion and a put when a key changes. */
function indexWrites({ before, after }: Pick<Write, 'before' | 'after'>): number {
  const left = isInIndex(before) ? indexEntry(before as unknown as IndexEntry) : undefined
  const entered = isInIndex(after) ? indexEntry(after as unknown as IndexEntry) : undefined
  if (left && entered && left.sweepShard === entered.sweepShard && left.sweepAt === entered.sweepAt) return 0
  return [left, entered].reduce((units, entry) => units + (entry ? Math.ceil(itemSize(entry) / writeUnit) : 0), 0)
}

const indexEntry = ({ pk, sk, sweepShard, sweepAt }: IndexEntry): ValueMap => ({ pk, sk, sweepShard, sweepAt })
