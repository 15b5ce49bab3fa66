import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Change,
  type Clause,
  type Condition,
  ConditionFailed,
  type Item,
  type Table,
} from '../../src/store/table.ts'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { createMemoryTable } from '../support/memoryTable.ts'

let dynalite: Dynalite
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

const text = fc.constantFrom('', 'a', 'b', 'live', 'é', '你')
// Whole numbers: the table in memory refuses to add others.
const number = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom(1767268800250, -0, 123456789))
const scalar = fc.oneof(text, number, fc.boolean())
const member = fc.constantFrom('x', 'y', '7')
const { value } = fc.letrec<{ value: Item['a'] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar,
    fc.uint8Array({ maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(member, tie('value'), { maxKeys: 2 }),
  ),
}))

const name = fc.constantFrom('a', 'b', 'map')
const path = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 1, arbitrary: member.map((one) => `map.${one}`) },
  { weight: 1, arbitrary: fc.tuple(member, member).map(([one, other]) => `map.${one}.${other}`) },
)

const clause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ attribute: fc.oneof(path, fc.constant('pk')), exists: fc.boolean() }),
  fc.record({ attribute: path, is: fc.constantFrom('=', '<>'), value: scalar }),
  // dynalite orders texts in conditions as JavaScript does, and lets truth values have an order.
  fc.record({
    attribute: path,
    is: fc.constantFrom('<', '<=', '>', '>='),
    value: fc.oneof(number, text, fc.constant(0.5)),
  }),
)
const condition: fc.Arbitrary<Condition | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.array(clause, { maxLength: 2 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.array(clause, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 })
      .map((anyOf) => [{ anyOf }]),
  },
)

const sum = fc.record({ attribute: path, plus: fc.integer({ min: -5, max: 1000 }) })
const change: fc.Arbitrary<Change> = fc.record(
  {
    set: fc.dictionary(path, fc.option(value, { nil: undefined, freq: 4 }), { maxKeys: 3 }),
    sum: fc.dictionary(path, sum, { maxKeys: 1 }),
    ifMissing: fc.dictionary(path, value, { maxKeys: 2 }),
    remove: fc.array(path, { maxLength: 1 }),
  },
  { requiredKeys: [] },
)

const sks = ['cold', 'hot', 'queue#001', 'queue#002', 'é']
const key = fc.record({ pk: fc.constantFrom('s#1', 's#2'), sk: fc.constantFrom(...sks) })
const sweep = fc.record(
  { sweepShard: fc.constantFrom('sweep#0', 'sweep#1'), sweepAt: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: [] },
)
const attributes = fc.dictionary(name, value, { maxKeys: 3 })
const bound = fc.option(fc.constantFrom(...sks), { nil: undefined })

/** A call, to be made to any table. */
interface Act {
  readonly call: string
  readonly args: readonly unknown[]
}

const act = <Args extends unknown[]>(
  call: keyof Table,
  ...args: { [Index in keyof Args]: fc.Arbitrary<Args[Index]> }
) => fc.tuple(...args).map((args): Act => ({ call, args }))

const acts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(key, attributes, sweep, condition).map(putOf) },
    { weight: 6, arbitrary: act('update', key, change, condition) },
    {
      weight: 1,
      arbitrary: act(
        'update',
        key,
        sweep.map((set) => ({ set })),
        condition,
      ),
    },
    {
      weight: 1,
      arbitrary: act(
        'update',
        key,
        sweep.map((ifMissing) => ({ ifMissing })),
        condition,
      ),
    },
    { weight: 2, arbitrary: act('delete', key, condition) },
    { weight: 1, arbitrary: act('get', key, fc.boolean()) },
    {
      weight: 1,
      arbitrary: fc
        .record({ pk: fc.constantFrom('s#1', 's#2'), from: bound, to: bound, consistent: fc.boolean() })
        .map((range): Act => ({ call: 'query', args: [range] })),
    },
  ),
  { minLength: 5, maxLength: 30, size: 'max' },
)

function putOf([key, rest, sweep, condition]: [object, object, object, Condition | undefined]): Act {
  return { call: 'put', args: [{ ...rest, ...sweep, ...key }, condition] }
}

/** The answer, or in which way it was refused. */
async function outcome(table: Table, { call, args }: Act): Promise<unknown> {
  try {
    return await (table as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[call]!(...args)
  } catch (error) {
    return error instanceof ConditionFailed ? 'condition failed' : (error as Error).name
  }
}

async function contents(table: Table): Promise<Item[]> {
  return [
    ...(await table.query({ pk: 's#1', consistent: true })),
    ...(await table.query({ pk: 's#2', consistent: true })),
  ]
}

/** What is due in the order of time; entries of the same time in the order of their keys. */
async function due(table: Table, items: readonly Item[], shard: string, until: number): Promise<string[]> {
  const found = (await table.due(shard, until, 100)).map(
    ({ pk, sk }) => items.find((item) => item.pk === pk && item.sk === sk)!,
  )
  const times = found.map(({ sweepAt }) => sweepAt as number)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  return found.map(({ pk, sk, sweepAt }) => `${sweepAt} ${pk} ${sk}`).sort()
}

test('the table in memory does whatever dynalite does, answer by answer', async () => {
  let failed = 0
  let held = 0
  await fc.assert(
    fc.asyncProperty(acts, async (acts) => {
      const memory = createMemoryTable()
      const real = await dynalite.createTable()
      for (const one of acts) {
        const expected = await outcome(real, one)
        expect(await outcome(memory, one)).toEqual(expected)
        if (typeof expected === 'string') failed++
        else held++
      }
      const items = await contents(real)
      expect(await contents(memory)).toEqual(items)
      expect(memory.items()).toEqual(items)
      expect(memory.size).toBe(items.length)
      for (const shard of ['sweep#0', 'sweep#1']) {
        expect(await due(memory, items, shard, 6)).toEqual(await due(real, items, shard, 6))
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 10_000 },
  )
  // The dice are worth nothing when they throw only one side.
  expect(Math.min(failed, held) / (failed + held)).toBeGreaterThan(0.15)
}, 60_000)
