import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseListAddress, withScheme } from '../../src/csp/address.ts'

const parsed = (text: string) => parseListAddress(text, 'example.org')

describe('the address of a contact list', () => {
  test.each([
    'wv:ann/My_Friends@example.org',
    'WV:Ann/my_friends@EXAMPLE.ORG',
    'ann/My_friends@example.org',
    'wv:ann/My_friends',
    ' ann/MY_FRIENDS\n',
  ])('names the same list without scheme, without domain and in any case: "%s"', (text) => {
    expect(parsed(text)).toEqual({ user: 'ann', list: 'my_friends', domain: 'example.org' })
  })

  test.each([
    ['wv:600000001/~pep1.0_privatelist@movistar.example', '600000001', '~pep1.0_privatelist'],
    ['wv:600000001/~PEP1.0_subscriptions@movistar.example', '600000001', '~pep1.0_subscriptions'],
    ['wv:+4922100/Ärzte+&%20#1@movistar.example', '+4922100', 'ärzte+&%20#1'],
  ])('may have what clients use: %s', (text, user, list) => {
    expect(parsed(text)).toEqual({ user, list, domain: 'movistar.example' })
  })

  test.each([
    '',
    'wv:',
    'wv:ann',
    'wv:ann@example.org',
    'wv:ann/@example.org',
    'wv:ann/',
    'wv:/friends@example.org',
    'wv:ann/my friends@example.org',
    'wv:ann/a/b@example.org',
    'wv:ann/friends@',
    'wv:ann/friends@a@b',
    'wv:ann@example.org/friends',
    'wv:ann@example.org/friends@example.org',
    'wv:a nn/friends',
    'wv:ann/fri\u0000ends',
    'wv:ann/friends@exa mple.org',
    `wv:ann/${'a'.repeat(81)}`,
    `wv:${'a'.repeat(51)}/friends`,
  ])('is not: "%s"', (text) => {
    expect(parsed(text)).toBeUndefined()
  })

  test('may have a name of 80 characters', () => {
    expect(parsed(`wv:ann/${'ä'.repeat(80)}`)?.list).toHaveLength(80)
  })

  test('is found again when it is put together from its parts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const found = parsed(text) ?? parsed(`ann/${text}`)
        if (found) expect(parsed(`wv:${found.user}/${found.list}@${found.domain}`)).toEqual(found)
      }),
    )
  })
})

test.each([
  ['ann@example.org', 'wv:ann@example.org'],
  ['wv:Ann', 'wv:Ann'],
  ['WV:Ann', 'WV:Ann'],
  [' ann/My_Friends ', 'wv:ann/My_Friends'],
])('an address gets its scheme and stays as it is otherwise: %s', (text, written) => {
  expect(withScheme(text)).toBe(written)
})
