import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expressions } from '../../src/store/expressions.ts'
import { attribute, type Clause, type Condition } from '../../src/store/table.ts'

test('nothing to say is said by nothing', () => {
  expect(expressions(undefined)).toEqual({})
  expect(expressions([])).toEqual({})
  expect(expressions(undefined, {})).toEqual({})
})

test('clauses of a condition are joined by AND, names and values are placeholders', () => {
  expect(
    expressions([attribute('state').is('live'), attribute('liveUntil').isOver(5), attribute('pk').isPresent]),
  ).toEqual({
    ConditionExpression: '#state = :v0 AND #liveUntil > :v1 AND attribute_exists(#pk)',
    ExpressionAttributeNames: { '#state': 'state', '#liveUntil': 'liveUntil', '#pk': 'pk' },
    ExpressionAttributeValues: { ':v0': 'live', ':v1': 5 },
  })
})

test.each<[Clause, string]>([
  [attribute('a').is(1), '#a = :v0'],
  [attribute('a').isNot(1), '#a <> :v0'],
  [attribute('a').isOver(1), '#a > :v0'],
  [attribute('a').isAtMost(1), '#a <= :v0'],
  [attribute('a').isPresent, 'attribute_exists(#a)'],
  [attribute('a').isMissing, 'attribute_not_exists(#a)'],
])('a clause: %o', (clause, text) => {
  expect(expressions([clause]).ConditionExpression).toBe(text)
})

test('a choice is in parentheses, so that AND does not tear it apart', () => {
  const choice = { anyOf: [[attribute('b').isMissing], [attribute('b').is(1), attribute('c').is(2)]] }
  expect(expressions([attribute('a').is(0), choice]).ConditionExpression).toBe(
    '#a = :v0 AND ((attribute_not_exists(#b)) OR (#b = :v1 AND #c = :v2))',
  )
})

test('a change sets, adds and removes; what is set to undefined is removed', () => {
  expect(
    expressions(undefined, {
      set: { a: 1, gone: undefined },
      sum: { liveUntil: { attribute: 'liveSpan', plus: 9 } },
      remove: ['b'],
    }),
  ).toEqual({
    UpdateExpression: 'SET #a = :v0, #liveUntil = #liveSpan + :v1 REMOVE #b, #gone',
    ExpressionAttributeNames: {
      '#a': 'a',
      '#liveUntil': 'liveUntil',
      '#liveSpan': 'liveSpan',
      '#b': 'b',
      '#gone': 'gone',
    },
    ExpressionAttributeValues: { ':v0': 1, ':v1': 9 },
  })
})

test('what is set only where it is missing names its path twice, after what is set and added', () => {
  expect(
    expressions(undefined, {
      ifMissing: { since: 4, 'map.at': 5 },
      remove: ['hidden'],
      sum: { n: { attribute: 'n', plus: 1 } },
      set: { stamp: 'a' },
    }),
  ).toEqual({
    UpdateExpression:
      'SET #stamp = :v0, #n = #n + :v1, #since = if_not_exists(#since, :v2), ' +
      '#map.#at = if_not_exists(#map.#at, :v3) REMOVE #hidden',
    ExpressionAttributeNames: {
      ...{ '#stamp': 'stamp', '#n': 'n', '#since': 'since', '#map': 'map', '#at': 'at', '#hidden': 'hidden' },
    },
    ExpressionAttributeValues: { ':v0': 'a', ':v1': 1, ':v2': 4, ':v3': 5 },
  })
})

test('a path goes into maps name by name', () => {
  expect(expressions(undefined, { set: { 'inFlight.7': { sent: 1 } } })).toEqual({
    UpdateExpression: 'SET #inFlight.#7 = :v0',
    ExpressionAttributeNames: { '#inFlight': 'inFlight', '#7': '7' },
    ExpressionAttributeValues: { ':v0': { sent: 1 } },
  })
})

test('condition and change share names and values without mixing them up', () => {
  const { ConditionExpression, UpdateExpression, ExpressionAttributeValues } = expressions(
    [attribute('epoch').is(1), attribute('epoch').isNot(7)],
    { set: { epoch: 2, 'map.epoch': 3 } },
  )
  const values = (text: string) => [...text.matchAll(/:v\d+/g)].map(([name]) => ExpressionAttributeValues![name])
  expect(values(ConditionExpression!)).toEqual([1, 7])
  expect(values(UpdateExpression!)).toEqual([2, 3])
})

test('every placeholder that is used is defined, every one that is defined is used, none has characters of syntax', () => {
  const name = fc.constantFrom('state', 'size', 'map.a', 'map.7.b', 'x-y', 'ü')
  const clause = fc.oneof(
    fc.record({ attribute: name, exists: fc.boolean() }),
    fc.record({ attribute: name, is: fc.constantFrom('=', '<>', '<'), value: fc.integer() }),
  ) as fc.Arbitrary<Clause>
  const condition: fc.Arbitrary<Condition> = fc.array(
    fc.oneof(
      clause,
      fc.array(fc.array(clause, { minLength: 1 }), { minLength: 2 }).map((anyOf) => ({ anyOf })),
    ),
  )
  const change = fc.record({
    set: fc.dictionary(name, fc.option(fc.integer(), { nil: undefined })),
    sum: fc.dictionary(name, fc.record({ attribute: name, plus: fc.integer() })),
    ifMissing: fc.dictionary(name, fc.integer()),
    remove: fc.array(name),
  })
  fc.assert(
    fc.property(condition, fc.option(change, { nil: undefined }), (condition, change) => {
      const { ConditionExpression = '', UpdateExpression = '', ...rest } = expressions(condition, change)
      const text = `${ConditionExpression} ${UpdateExpression}`
      const found = (pattern: RegExp) => [...new Set(text.match(pattern) ?? [])].sort()
      expect(found(/#[A-Za-z0-9_]+/g)).toEqual(Object.keys(rest.ExpressionAttributeNames ?? {}).sort())
      expect(found(/:[A-Za-z0-9_]+/g)).toEqual(Object.keys(rest.ExpressionAttributeValues ?? {}).sort())
      expect(text.replace(/[#:][A-Za-z0-9_]+/g, '')).toMatch(
        /^([ ()=<>,.+]|AND|OR|SET|REMOVE|attribute_exists|attribute_not_exists|if_not_exists)*$/,
      )
    }),
  )
})

test('names that differ have placeholders that differ', () => {
  const { ExpressionAttributeNames } = expressions([attribute('a-b').is(1), attribute('a_b').is(2)])
  expect(Object.values(ExpressionAttributeNames!).sort()).toEqual(['a-b', 'a_b'])
})
