import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/csp/message.ts'
import { decodeWbxml } from '../../src/csp/wbxml/decode.ts'
import { encodeWbxml } from '../../src/csp/wbxml/encode.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { type Fixture, fixtures } from '../support/fixtures.ts'
import { missingTools, wbxmlToXml, xmlToWbxml } from '../support/libwbxml.ts'
import { type Difference, whenItReads, whenItWrites } from './toolDifferences.ts'

/** Takes a message in XML to the tool and back. */
type Way = (xml: string, fixture: Fixture) => Promise<Message>

const itWrites =
  (...options: string[]): Way =>
  async (xml, { version }) =>
    decodeWbxml(await xmlToWbxml(xml, version, ...options))

const itReads: Way = async (xml, { version }) =>
  decodeXml(await wbxmlToXml(encodeWbxml(decodeXml(Buffer.from(xml))), version))

/** Processes at the same time. */
const atOnce = 16

const isKnown = ({ version }: Fixture) => version !== '1.3'

interface Comparison {
  readonly due: Message
  /** The reason as text where nothing came back. */
  readonly found: Message | string
}

async function compare(fixture: Fixture, way: Way, differences: readonly Difference[]): Promise<Comparison> {
  const given = changed(fixture.xml.toString('utf8'), 'given', differences)
  const due = decodeXml(Buffer.from(changed(given, 'returned', differences)))
  return { due, found: await way(given, fixture).catch(String) }
}

const changed = (xml: string, by: 'given' | 'returned', differences: readonly Difference[]) =>
  differences.reduce((text, difference) => difference[by]?.(text) ?? text, xml)

const concerns = (difference: Difference) => (fixture: Fixture) => {
  const xml = fixture.xml.toString('utf8')
  return (difference.given?.(xml) ?? xml) !== xml || (difference.returned?.(xml) ?? xml) !== xml
}

/** Every message that the tool can know, each under its name, for one readable comparison. */
async function compareAll(way: Way, differences: readonly Difference[]) {
  const due: Record<string, Message> = {}
  const found: Record<string, Message | string> = {}
  const known = fixtures.filter(isKnown)
  for (let at = 0; at < known.length; at += atOnce) {
    const some = known.slice(at, at + atOnce)
    const compared = await Promise.all(some.map((one) => compare(one, way, differences)))
    for (const [index, { name }] of some.entries()) {
      due[name] = compared[index]!.due
      found[name] = compared[index]!.found
    }
  }
  return { due, found }
}

function compareWithTheTool() {
  test.each([
    ['with a string table where it makes one', itWrites()],
    ['without a string table', itWrites('-n')],
  ])('reads every message that the tool writes %s', async (_, way) => {
    const { due, found } = await compareAll(way, whenItWrites)
    expect(found).toEqual(due)
  })

  test('writes every message so that the tool reads it', async () => {
    const { due, found } = await compareAll(itReads, whenItReads)
    expect(found).toEqual(due)
  })

  describe.each([
    ['when the tool writes', itWrites(), whenItWrites],
    ['when the tool reads', itReads, whenItReads],
  ])('%s', (_, way, differences) => {
    test.each(differences.map((one) => [one.why, one] as const))('still %s', async (_why, difference) => {
      const fixture = fixtures.filter(isKnown).find(concerns(difference))
      expect(fixture).toBeDefined()
      const others = differences.filter((one) => one !== difference)
      const { due, found } = await compare(fixture!, way, others)
      expect(found).not.toEqual(due)
    })
  })
}

describe('WBXML beside libwbxml', () => {
  if (!missingTools) compareWithTheTool()
  // Where it was installed for these tests it has to be found.
  else if (process.env.LIBWBXML === 'required') test('is compared', () => expect.fail(missingTools))
  else {
    console.warn(`WARNING: ${missingTools}`)
    test.skip(missingTools, () => {})
  }
})
