import { describe, expect, test } from 'vitest'
import { element } from '../../src/csp/element.ts'
import type { Version } from '../../src/csp/versions.ts'
import { type Criteria, holds, type Pair, pairsToLookUp, parseSearch } from '../../src/search/criteria.ts'

const pair = (SearchElement: string, SearchString: string, PairID?: string) => ({ SearchElement, SearchString, PairID })
const asked = (lists: object, version: Version = '1.3') =>
  parseSearch(element('Search-Request', { SearchPairList: lists as never }), version, 'example.org')
const names = (pairs: readonly Pair[] | undefined) => pairs?.map(({ name, pattern }) => `${name} ${pattern}`)

test('one pair a list in 1.1, in whatever order its parts come', () => {
  const { kind, criteria } = asked(
    [
      { SearchString: 'Smith', SearchElement: 'USER_LAST_NAME' },
      { SearchElement: 'USER_ID', SearchString: 'wv:Ann@EXAMPLE.org' },
    ],
    '1.1',
  )
  expect(kind).toBe('user')
  expect('all' in criteria && criteria.all.map((one) => 'pair' in one && one.pair.pattern)).toEqual(['smith', 'ann'])
})

test.each([
  ['an element that there is not', [pair('USER_SHOE_SIZE', '42')]],
  ['a name of every object', [pair('constructor', '42')]],
  ['no text', [pair('USER_ID', ' ')]],
  ['an age that is none', [pair('USER_AGE_MIN', 'old')]],
  ['users and groups', [pair('USER_ID', 'ann'), pair('GROUP_ID', 'ann')]],
  ['more than ten pairs', Array.from({ length: 11 }, () => pair('USER_ID', 'ann'))],
])('402: %s', (_, SearchPair) => {
  expect(() => asked({ SearchPair })).toThrow(expect.objectContaining({ code: 402 }))
})

const three = [pair('USER_ID', 'ann', '1'), pair('USER_LAST_NAME', 'smith', '2'), pair('USER_ONLINE_STATUS', 'T', '3')]
const advanced = (AdvancedCriteria: string): Criteria => asked({ SearchPair: three, AdvancedCriteria }).criteria
const truth = (criteria: Criteria, ...ids: string[]) =>
  holds(criteria, ({ name }) => ids.includes(three.find((one) => one.SearchElement === name)!.PairID!))

describe('AdvancedCriteria', () => {
  test('AND binds closer than OR, NOT closest; parentheses part', () => {
    const plain = advanced('1 OR 2 AND NOT 3')
    expect(truth(plain, '1', '3')).toBe(true)
    expect(truth(plain, '2')).toBe(true)
    expect(truth(plain, '2', '3')).toBe(false)
    const parted = advanced('(1 or 2)and not(3)')
    expect(truth(parted, '1', '3')).toBe(false)
    expect(truth(parted, '1')).toBe(true)
    expect(truth(advanced('NOT NOT 1'), '1')).toBe(true)
  })

  test.each([
    '1 2',
    '1 AND',
    'AND 1',
    '(1',
    '1)',
    '4',
    'NOT',
    `${'('.repeat(20)}1${')'.repeat(20)}`,
    `1${' '.repeat(200)}`,
  ])('402: %s', (text) => {
    expect(() => advanced(`${text}${text.startsWith('1   ') ? 'OR 2' : ''}`)).toThrow(
      expect.objectContaining({ code: 402 }),
    )
  })

  test('are nothing to a version that does not know them', () => {
    const { criteria } = asked({ ...pair('USER_ID', 'ann'), AdvancedCriteria: '9' }, '1.2')
    expect('all' in criteria).toBe(true)
  })
})

describe('what is looked up', () => {
  test.each([
    ['of what must hold together the longest', '1 AND 2 AND 3', ['USER_LAST_NAME smith']],
    ['of alternatives all', '1 OR 2', ['USER_ID ann', 'USER_LAST_NAME smith']],
    ['not what must not be', '1 AND NOT 2', ['USER_ID ann']],
    ['alternatives within what must hold', '3 AND (1 OR 2)', ['USER_ID ann', 'USER_LAST_NAME smith']],
    ['nothing when an alternative has nothing', '1 OR 3', undefined],
    ['nothing for being online', '3', undefined],
    ['nothing for what must not be alone', 'NOT 1', undefined],
  ])('%s', (_, text, expected) => {
    expect(names(pairsToLookUp(advanced(text)))).toEqual(expected)
  })

  test('a gender after everything else', () => {
    const { criteria } = asked({ SearchPair: [pair('USER_GENDER', 'male'), pair('USER_ID', 'a')] })
    expect(names(pairsToLookUp(criteria))).toEqual(['USER_ID a'])
  })
})
