import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentModels } from '../../src/csp/contentModel.ts'
import { CspError } from '../../src/csp/cspError.ts'
import { Element, element } from '../../src/csp/element.ts'
import { isAtLeast, versions } from '../../src/csp/versions.ts'
import {
  allAttributes,
  attributeSet,
  attributesOf,
  holds,
  namedAttributes,
  noAttributes,
  perClientAttributes,
  presenceAttributes,
} from '../../src/presence/attributes.ts'

const namesOf = (set: number) => attributesOf(set).map(({ name }) => name)
const list = (...names: string[]) =>
  new Element(
    'PresenceSubList',
    names.map((name) => new Element(name)),
  )

describe('presence attributes', () => {
  test('keep their bits: sets are stored', () => {
    expect(attributeSet(['OnlineStatus'])).toBe(1)
    expect(attributeSet(['CommCap'])).toBe(256)
    expect(attributeSet(['StatusText'])).toBe(4096)
    expect(attributeSet(['InfoLink'])).toBe(131072)
    expect(allAttributes).toBe(262143)
  })

  test.each(versions)('are those of the content model of %s, in its order, and repeat where it says so', (version) => {
    const model = contentModels[version].get('PresenceSubList')!
    const known = presenceAttributes.filter(({ since }) => isAtLeast(version, since))
    expect(model).toEqual(
      known.map(({ name, perClient }) => ({ name, occurs: perClient && version === '1.3' ? '*' : '?' })),
    )
    for (const { name, perClient } of known) {
      const children = contentModels[version].get(name)!.map((child) => child.name)
      expect(children.includes('ClientID')).toBe(perClient && version === '1.3')
    }
  })

  test('of a client are eight', () => {
    expect(namesOf(perClientAttributes)).toEqual([
      'OnlineStatus',
      'Registration',
      'ClientInfo',
      'TimeZone',
      'GeoLocation',
      'FreeTextLocation',
      'PLMN',
      'CommCap',
    ])
  })
})

describe('a set of attributes', () => {
  test('gives back what was put in, once and in the order of the reference', () => {
    const names = presenceAttributes.map(({ name }) => name)
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names)), (chosen) => {
        const set = attributeSet(chosen)
        expect(namesOf(set)).toEqual(names.filter((name) => chosen.includes(name)))
        for (const name of names) expect(holds(set, name)).toBe(chosen.includes(name))
      }),
    )
  })

  test('knows nothing of other names', () => {
    expect(attributeSet(['Nothing', 'alias', '', 'constructor'])).toBe(noAttributes)
    expect(holds(allAttributes, 'Nothing')).toBe(false)
    expect(namesOf(noAttributes)).toEqual([])
  })
})

describe('a PresenceSubList', () => {
  test('names attributes, whatever is in them', () => {
    expect(namedAttributes(list('Alias', 'OnlineStatus', 'Alias'), '1.1')).toBe(attributeSet(['OnlineStatus', 'Alias']))
    const filled = element('PresenceSubList', { StatusText: { Qualifier: 'x', PresenceValue: 'y' } })
    expect(namedAttributes(filled, '1.1')).toBe(attributeSet(['StatusText']))
  })

  test('that is absent or empty names none: all are meant', () => {
    expect(namedAttributes(undefined, '1.2')).toBeUndefined()
    expect(namedAttributes(list(), '1.2')).toBeUndefined()
    expect(namedAttributes(new Element('PresenceSubList', '\n '), '1.2')).toBeUndefined()
  })

  test.each([
    ['1.1', 'InfoLink'],
    ['1.1', 'ClientID'],
    ['1.2', 'Nothing'],
    ['1.3', 'onlinestatus'],
  ] as const)('of %s with %s is refused with 750, by name', (version, name) => {
    const refused = () => namedAttributes(list('Alias', name), version)
    expect(refused).toThrow(CspError)
    expect(refused).toThrow(expect.objectContaining({ code: 750, message: expect.stringContaining(name) }))
  })

  test('knows InfoLink from 1.2 on', () => {
    for (const version of ['1.2', '1.3'] as const)
      expect(namedAttributes(list('InfoLink'), version)).toBe(attributeSet(['InfoLink']))
  })

  test('is refused in few words, however long the name', () => {
    expect(() => namedAttributes(list('A'.repeat(5_000)), '1.2')).toThrow(/^A{50} /)
  })
})
