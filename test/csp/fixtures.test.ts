import { describe, expect, test } from 'vitest'
import { contentModels } from '../../src/csp/contentModel.ts'
import { type Version, versions } from '../../src/csp/versions.ts'
import { decodeWbxml } from '../../src/csp/wbxml/decode.ts'
import { encodeWbxml } from '../../src/csp/wbxml/encode.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { encodeXml } from '../../src/csp/xml/encode.ts'
import { fixtures } from '../support/fixtures.ts'

/** Primitives without children have no row in the content model, GetWatcherList-Request none in 1.1. */
const emptyPrimitives = [
  'Logout-Request',
  'Polling-Request',
  'GetList-Request',
  'GetBlockedList-Request',
  'GetWatcherList-Request',
]

/** What clients send though 1.3's WBXML has no token for it (any more): it is read, and never sent. */
const withoutToken = [
  '1.3/ClientCapability-Request-3',
  '1.3/ClientCapability-Request',
  '1.3/SetDeliveryMethod-Request-2',
  '1.3/SubscribePresence-Request',
]

/** A name of its own and that of a child of CommC. */
const ambiguous = ['Status']

/** 1.3 has no reactive authorisation; its rows of older versions are there for reading only. */
const removedIn13 = [
  'CancelAuth-Request',
  'GetReactiveAuthStatus-Request',
  'GetReactiveAuthStatus-Response',
  'PresenceAuth-Request',
  'PresenceAuth-User',
]

/** Rows hold in all versions after their first, so a capability of another version may be the child of nothing in this. */
const children = new Set(versions.flatMap((one) => [...contentModels[one].values()].flat()).map(({ name }) => name))

/** What stands in no other element is a primitive. */
function primitivesOf(version: Version): string[] {
  const roots = [...contentModels[version].keys()].filter((name) => !children.has(name))
  const removed = version === '1.3' ? removedIn13 : []
  const all = new Set([...roots, ...emptyPrimitives, ...ambiguous])
  return [...all].filter((name) => !removed.includes(name)).sort()
}

/** A primitive and whatever may stand in it. */
function reachable(version: Version, name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const child of contentModels[version].get(name) ?? []) reachable(version, child.name, found)
  return found
}

describe.each(versions)('the fixtures of %s', (version) => {
  const own = fixtures.filter((one) => one.version === version)

  test('have every primitive of the content model, and no other', () => {
    expect([...new Set(own.map(({ primitive }) => primitive))].sort()).toEqual(primitivesOf(version))
  })

  test('hold every element that may stand in one of them', () => {
    const text = own.map(({ xml }) => xml.toString('utf8')).join('')
    const held = new Set([...text.matchAll(/<([\w-]+)/g)].map(([, name = '']) => name))
    const elements = primitivesOf(version).flatMap((name) => [...reachable(version, name)])
    expect(elements.filter((name) => !held.has(name))).toEqual([])
  })

  test('are what the service would send, byte for byte', () => {
    for (const { name, xml } of own) {
      expect(Buffer.from(encodeXml(decodeXml(xml))).toString('utf8'), name).toBe(xml.toString('utf8'))
    }
  })

  test('are the same after a way through WBXML, byte for byte', () => {
    const changed = own.filter(({ xml }) => {
      const wbxml = encodeWbxml(decodeXml(xml))
      return !Buffer.from(encodeXml(decodeWbxml(wbxml))).equals(xml)
    })
    expect(changed.map(({ name }) => name)).toEqual(version === '1.3' ? withoutToken : [])
  })

  test('are of the version of their folder and hold the primitive of their name', () => {
    for (const { name, primitive, xml } of own) {
      const message = decodeXml(xml)
      const held = message.kind === 'session' ? message.transactions.map((one) => one.primitive) : [message.content]
      expect(message.version, name).toBe(version)
      expect(
        held.map((one) => one.name),
        name,
      ).toContain(primitive)
    }
  })

  test('are all different', () => {
    const same = own.filter(({ xml }, index) => own.findIndex((other) => other.xml.equals(xml)) !== index)
    expect(same.map(({ name }) => name)).toEqual([])
  })
})
