import type { Table } from '../../src/store/table.ts'
import { Expiry } from './faults/expiry.ts'
import { History, staleDue, staleItem, staleItems } from './faults/history.ts'
import { Crash, type FaultKind, type FaultRates, faultFor, happens, LostAnswer, Throttled } from './faults/kinds.ts'
import { type MemoryTable, pageOf } from './memoryTable.ts'

export { Crash, type FaultKind, type FaultRates, LostAnswer, Throttled } from './faults/kinds.ts'

/** A call that is about to be made. */
export interface Call {
  readonly call: 'get' | 'query' | 'put' | 'update' | 'delete' | 'due' | 'scan'
  /** Partition key, or shard of the index; none for a scan. */
  readonly of: string
  /** Which invocation makes it, from 1 on. */
  readonly invocation: number
  /** Its number within the invocation, from 1 on. */
  readonly number: number
}

export interface FaultOptions {
  /** Everything in it, and everything done to it behind the faults, belongs to the history too. */
  readonly table: MemoryTable
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Numbers in [0, 1): seeded (`createChooser`) or a plan of fast-check's (`followPlan`). 0 is always "no fault". */
  readonly choose?: () => number
  /** None when absent: then only what `plan` says happens. */
  readonly rates?: Partial<FaultRates>
  /** What happens to a call, when the test wants to say so itself; undefined leaves it to chance. */
  readonly plan?: (call: Call) => FaultKind | undefined
  /** Milliseconds after which every replica has seen a change. 1000 unless said otherwise. */
  readonly lag?: number
}

/** The table as one invocation sees it. */
export interface Invocation extends Table {
  /** It is dead: what it answers is never heard. */
  readonly crashed: boolean
  /** Calls that it has made. */
  readonly calls: number
}

export interface Faults {
  /** A table for one invocation: a crash ends that one alone. */
  invocation(): Invocation
  /** Calls so far that failed or were sent twice: all that an invocation can notice. Not stale reads, nor expiry. */
  readonly injected: number
  /** How often each kind has happened. */
  readonly counts: Readonly<Record<FaultKind | 'expiry', number>>
  /** Removes every item that has expired. */
  expireAll(): Promise<void>
}

/**
 * DynamoDB at its worst, around a table in memory: stale reads, calls that are applied and fail, calls applied twice,
 * throttling, crashes between any two calls, items that expire at any moment or linger. Strong reads are never stale.
 */
export function createFaults({ table, now, choose = () => 0, rates = {}, plan, lag = 1000 }: FaultOptions): Faults {
  const state = new FaultState(table, now, choose, rates, plan, lag)
  let invocations = 0
  return {
    invocation: () => createInvocation(state, ++invocations),
    get injected() {
      const { crashBefore, crashAfter, throttled, lost, repeated } = state.counts
      return crashBefore + crashAfter + throttled + lost + repeated
    },
    counts: state.counts,
    async expireAll() {
      while (state.expiry.expired > 0) await state.expireOne(0)
    },
  }
}

const writes: ReadonlySet<Call['call']> = new Set(['put', 'update', 'delete'])

/** What all invocations share: the table, its past, and chance. */
class FaultState {
  readonly table: MemoryTable
  readonly rates: Partial<FaultRates>
  readonly choose: () => number
  readonly plan: FaultOptions['plan']
  readonly expiry: Expiry
  readonly history: History
  readonly counts = { crashBefore: 0, crashAfter: 0, throttled: 0, lost: 0, repeated: 0, stale: 0, expiry: 0 }

  constructor(
    table: MemoryTable,
    now: () => number,
    choose: () => number,
    rates: Partial<FaultRates>,
    plan: FaultOptions['plan'],
    lag: number,
  ) {
    this.table = table
    this.choose = choose
    this.rates = rates
    this.plan = plan
    this.expiry = new Expiry(table, now)
    this.history = new History(now, lag)
    table.observe((operation) => {
      this.expiry.note(operation)
      this.history.note(operation)
    })
  }

  /** What happens to a call. Reads that are sent twice are nothing special. */
  faultOf(call: Call): FaultKind | undefined {
    const fault = this.plan?.(call) ?? faultFor(this.choose(), this.rates)
    return fault === 'repeated' && !writes.has(call.call) ? undefined : fault
  }

  /** Which of some things, by chance: 0 … count - 1. */
  pick(count: number): number {
    return Math.floor(this.choose() * count)
  }

  happens(rate = 0): boolean {
    return rate > 0 && happens(this.choose(), rate)
  }

  async expireOne(index: number): Promise<void> {
    this.counts.expiry++
    await this.expiry.remove(index)
  }

  /** The unseen part of the recent changes; all of them when the plan wants the read as stale as can be. */
  unseen<Change>(recent: readonly Change[], planned: boolean): readonly Change[] {
    if (recent.length === 0 || !(planned || this.happens(this.rates.stale))) return []
    this.counts.stale++
    return planned ? recent : recent.slice(0, 1 + this.pick(recent.length))
  }
}

/** Turns of the event loop's inner queue that a pause takes at most: a call of the service needs a few itself. */
const longestPause = 12

function createInvocation(state: FaultState, invocation: number): Invocation {
  const { table, history } = state
  let calls = 0
  let crashed = false

  const pause = async (pauses: boolean) => {
    if (pauses) for (let turns = 1 + state.pick(longestPause); turns > 0; turns--) await undefined
    if (crashed) throw new Crash()
  }

  const crash = () => {
    crashed = true
    return new Crash()
  }

  /** @param apply told whether the plan wants a stale read */
  const run = async <Result>(
    call: Call['call'],
    of: string,
    apply: (stale: boolean) => Promise<Result>,
  ): Promise<Result> => {
    if (crashed) throw new Crash()
    const number = ++calls
    if (state.rates.expiry && state.expiry.expired > 0 && state.happens(state.rates.expiry)) {
      await state.expireOne(state.pick(state.expiry.expired))
    }
    const fault = state.faultOf({ call, of, invocation, number })
    const pauses = state.happens(state.rates.pause)
    await pause(pauses)
    if (fault && fault !== 'stale') state.counts[fault]++
    if (fault === 'crashBefore') throw crash()
    if (fault === 'throttled')
      throw new Throttled(number % 2 ? 'ThrottlingException' : 'ProvisionedThroughputExceededException')
    const outcome = apply(fault === 'stale')
    // Whatever came of it, also a failed condition, is never heard.
    if (fault === 'crashAfter' || fault === 'lost') {
      await outcome.catch(() => undefined)
      throw fault === 'crashAfter' ? crash() : new LostAnswer()
    }
    const result = await outcome
    await pause(pauses)
    return fault === 'repeated' ? apply(false) : result
  }

  return {
    get crashed() {
      return crashed
    },
    get calls() {
      return calls
    },

    get: (key, consistent) =>
      run('get', key.pk, async (stale) => {
        const unseen = consistent ? [] : state.unseen(history.recentIn(key.pk), stale)
        return staleItem(unseen, key, await table.get(key, consistent))
      }),

    query: (range) =>
      run('query', range.pk, async (stale) => {
        const unseen = range.consistent ? [] : state.unseen(history.recentIn(range.pk), stale)
        if (unseen.length === 0) return table.query(range)
        const { limit: _, reverse: __, ...all } = range
        return pageOf(staleItems(unseen, range, await table.query(all)), range)
      }),

    put: (item, condition) => run('put', item.pk, () => table.put(item, condition)),
    update: (key, change, condition) => run('update', key.pk, () => table.update(key, change, condition)),
    delete: (key, condition) => run('delete', key.pk, () => table.delete(key, condition)),

    due: (shard, until, limit) =>
      run('due', shard, async (stale) => {
        const unseen = state.unseen(history.recentInShard(shard), stale)
        const current = await table.due(shard, until, limit + unseen.length)
        return unseen.length > 0 ? staleDue(unseen, { shard, until, limit }, current, table) : current
      }),

    async *scan() {
      await run('scan', '', async () => undefined)
      yield* table.scan()
    },
  }
}
