import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digitsOf, fold, gramsOf, indexedMax, lookingFor, matches } from '../../src/search/texts.ts'

test.each([
  ['  Ann   SMITH ', 'ann smith'],
  ['José Åström', 'jose astrom'],
  ['ＡＮＮ', 'ann'],
  ['x'.repeat(100), 'x'.repeat(indexedMax)],
])('"%s" is compared as "%s"', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

test.each(['+358 40 123-4567', '00358401234567', '(358) 40/1234567'])('%s is one number', (text) => {
  expect(digitsOf(text)).toBe('358401234567')
})

describe('grams', () => {
  test('of a text: the whole, its beginnings, and every three characters of it, each once', () => {
    expect(gramsOf('abcabc', 'part')).toEqual(['=abcabc', '^a', '^ab', '*abc', '*bca', '*cab'])
    expect(gramsOf('ab', 'part')).toEqual(['=ab', '^a', '^ab'])
    expect(gramsOf('abcabc', 'whole')).toEqual(['=abcabc'])
  })

  test('of a pattern: the last three characters first, then others, and the whole where they are too many', () => {
    expect(lookingFor('600000002', 'part')).toEqual({ grams: ['*002', '*600', '*000'], whole: '=600000002' })
    expect(lookingFor('ab', 'part')).toEqual({ grams: ['^ab'], whole: '=ab' })
    expect(lookingFor('male', 'whole')).toEqual({ grams: ['=male'], whole: '=male' })
  })

  const text = fc
    .string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '😀', '#', '^', '*'), minLength: 1 })
    .map(fold)

  test('find every text that matches, whatever stands in it', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom('part' as const, 'whole' as const), (has, pattern, comparing) => {
        fc.pre(has !== '' && pattern !== '')
        if (!matches(has, pattern, comparing)) return
        const grams = gramsOf(has, comparing)
        for (const gram of lookingFor(pattern, comparing).grams) expect(grams).toContain(gram)
      }),
    )
  })

  test('any part of a text of three characters or more matches it, a shorter one at its beginning alone', () => {
    expect(matches('smith', 'mit', 'part')).toBe(true)
    expect(matches('smith', 'sm', 'part')).toBe(true)
    expect(matches('smith', 'mi', 'part')).toBe(false)
    expect(matches('smith', 'mit', 'whole')).toBe(false)
    expect(matches(undefined, 'mit', 'part')).toBe(false)
  })
})
