import { describe, expect, test } from 'vitest'
import { attribute, type Comparison, type Condition, ConditionFailed } from '../../src/store/table.ts'
import { onBothTables } from './onBothTables.ts'

const key = { pk: 'session#1', sk: 'hot' }

const refused = (call: Promise<unknown>, words: RegExp) =>
  expect(call).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringMatching(words) })

onBothTables((table) => {
  describe('a condition', () => {
    const holds = (attributeName: string, is: Comparison, value: string | number | boolean) =>
      table()
        .update(key, { set: { touched: true } }, [{ attribute: attributeName, is, value }])
        .then(
          () => true,
          (error) => {
            if (error instanceof ConditionFailed) return false
            throw error
          },
        )

    test.each([
      ['n', '=', 5, true],
      ['n', '=', 6, false],
      ['n', '<>', 6, true],
      ['n', '<>', 5, false],
      ['n', '<', 6, true],
      ['n', '<', 5, false],
      ['n', '<=', 5, true],
      ['n', '>', 4, true],
      ['n', '>', 5, false],
      ['n', '>=', 5, true],
      ['n', '>', -7, true],
      ['s', '=', 'live', true],
      ['s', '>', 'loud', false],
      ['s', '<', 'lives', true],
      ['yes', '=', true, true],
      ['yes', '<>', false, true],
      // Of another type: only `<>` holds.
      ['n', '=', '5', false],
      ['n', '<>', '5', true],
      ['n', '<', '6', false],
      ['s', '>', 1, false],
      ['map', '=', 'live', false],
      // Missing: only `<>` holds.
      ['absent', '=', 5, false],
      ['absent', '<>', 5, true],
      ['absent', '<', 5, false],
      ['absent', '>', 5, false],
      ['absent', '<=', 5, false],
      ['map.n', '=', 1, true],
      ['map.absent', '=', 1, false],
      ['map.absent', '<>', 1, true],
      ['absent.n', '<>', 1, true],
      ['s.n', '<>', 1, true],
      ['s.n', '=', 1, false],
    ] as const)('%s %s %s is %s', async (name, is, value, expected) => {
      await table().put({ ...key, n: 5, s: 'live', yes: true, map: { n: 1 } })
      expect(await holds(name, is, value)).toBe(expected)
    })

    test('holds on no item only where it asks for absence', async () => {
      expect(await holds('a', '=', 1)).toBe(false)
      expect(await holds('a', '<>', 1)).toBe(true)
    })

    test('knows presence, also within maps', async () => {
      await table().put({ ...key, empty: '', map: { n: 1 } })
      const update = (...condition: Condition) => table().update(key, {}, condition)
      await update(attribute('pk').isPresent, attribute('empty').isPresent, attribute('map.n').isPresent)
      await update(attribute('absent').isMissing, attribute('map.m').isMissing, attribute('absent.m').isMissing)
      await expect(update(attribute('pk').isMissing)).rejects.toBeInstanceOf(ConditionFailed)
      await expect(update(attribute('map.m').isPresent)).rejects.toBeInstanceOf(ConditionFailed)
    })

    test('wants all of its clauses, and any one of a choice', async () => {
      await table().put({ ...key, a: 1, b: 2 })
      const yes = { attribute: 'a', is: '=', value: 1 } as const
      const no = { attribute: 'b', is: '=', value: 1 } as const
      const update = (...condition: Condition) => table().update(key, {}, condition)
      await update({ anyOf: [[no], [yes]] })
      await update(yes, {
        anyOf: [
          [no, yes],
          [yes, { anyOf: [[no], [yes]] }],
        ],
      })
      await expect(update(yes, no)).rejects.toBeInstanceOf(ConditionFailed)
      await expect(update(yes, { anyOf: [[no], [yes, no]] })).rejects.toBeInstanceOf(ConditionFailed)
    })

    test('offers no choice of nothing, of one, or of only another choice', async () => {
      const yes = { attribute: 'pk', exists: true } as const
      const update = (anyOf: Condition[]) => table().update(key, {}, [{ anyOf }])
      await refused(update([]), /Syntax error/)
      await refused(update([[yes], []]), /Syntax error/)
      await refused(update([[yes]]), /redundant parentheses/)
      await refused(update([[yes], [{ anyOf: [[yes], [yes]] }]]), /redundant parentheses/)
    })
  })
})
