import { describe, expect, test } from 'vitest'
import { namespaces, type Version, versions } from '../../src/csp/versions.ts'
import type { XmlNode } from '../support/dialogueXml.ts'
import { readWbxmlStrictly } from '../support/wbxmlReader.ts'
import { type Habits, habitsOf, usualHabits, writeWbxml } from '../support/wbxmlWriter.ts'

const node = (name: string, content: string | readonly XmlNode[] = []): XmlNode =>
  typeof content === 'string' ? { name, children: [], text: content } : { name, children: content, text: '' }

const message = (version: Version, ...content: XmlNode[]): XmlNode => ({
  ...node('WV-CSP-Message', content),
  xmlns: namespaces[version].session,
})

const write = (root: XmlNode, version: Version, habits: Partial<Habits> = {}) =>
  writeWbxml(root, version, { ...usualHabits, ...habits }).toString('hex')

const root12 = (content: string) => Buffer.from(`03116a00c90803312e320001${content}01`, 'hex')
const read12 = (content: string) => readWbxmlStrictly(root12(content)).children[0]

describe('the WBXML client of the dialogues', () => {
  // The smallest messages of the reference.
  test.each([
    ['1.1', '03106a00c90503312e31000101'],
    ['1.2', '03116a00c90803312e32000101'],
    ['1.3', '03126a00c90b03312e33000101'],
  ] as const)('writes and reads the smallest message of %s', (version, bytes) => {
    const empty = message(version)
    // An empty root that says that it has content, as the reference has it, is one that a strict reader refuses.
    const strict = bytes.replace('c9', '89').slice(0, -2)
    expect(write(empty, version)).toBe(strict)
    expect(readWbxmlStrictly(Buffer.from(strict, 'hex'))).toEqual(empty)
    expect(() => readWbxmlStrictly(Buffer.from(bytes, 'hex'))).toThrow('is empty and says that it is not')
  })

  test.each(versions)('reads in %s what it writes', (version) => {
    const root = message(
      version,
      node('Session', [
        node('SessionDescriptor', [node('SessionType', 'Inband'), node('SessionID', 'Inband')]),
        {
          ...node('TransactionContent', [
            node('NewMessage', [
              node('MessageInfo', [
                node('ContentType', 'image/gif'),
                node('ContentEncoding', 'BASE64'),
                node('ContentSize', '65536'),
                node('DateTime', '20010925T165859Z'),
                node('Validity', '0'),
              ]),
              node('ContentData', 'R0lGODlhAQAB'),
            ]),
            node('MessageInfo', [node('ContentSize', '4294967295'), node('Validity', 'long')]),
            node('ContentData', 'Grüße 😀 & < > \r\n'),
            node('OnlineStatus', [node('Qualifier', 'T'), node('PresenceValue', 'T')]),
            node('Alias', [node('PresenceValue', 'T')]),
            node('Cap', 'SMS'),
            node('SupportedBearer', 'SMS'),
            node('GetList-Request'),
          ]),
          xmlns: namespaces[version].transaction,
        },
      ]),
    )
    expect(readWbxmlStrictly(writeWbxml(root, version, usualHabits))).toEqual(root)
  })

  test.each([
    ['a moment', node('DateTime', '20010925T165859Z'), {}, '51c3061f46730ebb5a01'],
    ['a moment without a zone', node('DateTime', '20010925T165859'), {}, '51c3061f46730ebb0001'],
    ['a moment as text', node('DateTime', '2001'), {}, '51033230303100' + '01'],
    ['a number', node('Code', '200'), {}, '4bc301c801'],
    ['no number at all', node('Code', '0'), {}, '4bc3010001'],
    ['a large number', node('ContentSize', '65536'), {}, '4fc30301000001'],
    ['digits', node('Code', '200'), { digits: true }, '4b033230300001'],
    ['a word', node('Acceptance', 'T'), {}, '45802c01'],
    ['a word with a large number', node('SubscribeType', 'S'), {}, '000763802501'],
    ['a text that looks like a word', node('Name', 'T'), {}, '5e03540001'],
    ['a text with entities', node('Name', 'ü'), { entities: true }, '5e02817c01'],
    ['a beginning', node('URL', 'http://a'), { beginnings: true }, '77800e03610001'],
    [
      'bytes',
      { ...node('Logo', [node('ContentEncoding', 'BASE64'), node('ContentData', 'AQ==')]) },
      {},
      '594e8007014dc301010101',
    ],
  ] as const)('writes %s', (_, one, habits, bytes) => {
    expect(write(message('1.2', one), '1.2', habits)).toBe(root12(bytes).toString('hex'))
  })

  test('writes a name without a number as a literal, and texts into the string table', () => {
    const habits = { stringTable: true, unknownPublicId: true }
    const bytes = write(message('1.2', node('Own', [node('Name', 'a'), node('Name', 'a')])), '1.2', habits)
    expect(bytes).toBe(
      '03016a06' + '4f776e006100' + 'c908' + '03312e320001' + '4400' + '5e830401' + '5e830401' + '0101',
    )
  })

  test('has the same habits for the same seed, and each of them now and then', () => {
    expect(habitsOf('a')).toEqual(habitsOf('a'))
    const seen = Array.from({ length: 60 }, (_, seed) => habitsOf(String(seed)))
    for (const name of Object.keys(usualHabits) as (keyof Habits)[]) {
      expect(seen.some((habits) => habits[name])).toBe(true)
      expect(seen.some((habits) => !habits[name])).toBe(true)
    }
  })

  test('reads the forms that are usual', () => {
    expect(read12('4bc301c801')).toEqual(node('Code', '200'))
    expect(read12('51c3061f46730ebb5a01')).toEqual(node('DateTime', '20010925T165859Z'))
    expect(read12('0a')).toEqual(node('ClientID'))
  })

  test.each([
    ['another version of WBXML', '02116a00c908', /version of WBXML/],
    ['a public id in words', '0300006a', /public id is 0/],
    ['an unknown public id', '03016a00', /public id is 1/],
    ['another character set', '03110400', /UTF-8/],
    ['a string table', '03116a02410089', /empty string table/],
    ['the namespace of another version', '03116a008908' + '03312e330001', /namespace of version 1.3/],
    ['a namespace without its version', '03116a00890801', /the version of a namespace/],
    ['an attribute that is none', '03116a008920', /no xmlns/],
    ['bytes behind the end', '03116a008908' + '03312e32000101', /after the root/],
    ['a message without its end', '03116a00c90803312e320001', /ends too early/],
  ])('refuses %s', (_, bytes, why) => {
    expect(() => readWbxmlStrictly(Buffer.from(bytes, 'hex'))).toThrow(why)
  })

  test.each([
    ['a tag that the version does not know', '3f', /means nothing/],
    ['a text of the string table', '5e830001', /means nothing/],
    ['a literal', '0400', /means nothing/],
    ['an entity', '5e024101', /means nothing/],
    ['an extension', '5e40410001', /means nothing/],
    ['a processing instruction', '4300', /means nothing/],
    ['a switch to the page that it is', '00000a', /which is the page already/],
    ['two switches', '000100020a', /for nothing/],
    ['a switch before an end', '4a000101', /for nothing/],
    ['content that is none', '4a01', /is empty and says/],
    ['an empty text', '5e030001', /has content/],
    ['a text in pieces', '5e0341000342' + '0001', /2 pieces/],
    ['text between elements', '4a034100370' + '1', /text between/],
    ['a value that the version does not know', '45803801', /means nothing/],
    ['a value in a name', '5e802c01', /no element for value tokens/],
    ['a value of presence that is meant otherwise', '00034f' + '807501', /means nothing/],
    ['a word that is no token', '45035400' + '01', /no value token/],
    ['digits', '4b0332303000' + '01', /no opaque number/],
    ['a number that begins with 0', '4bc30200c801', /a number in the bytes/],
    ['a number without bytes', '4bc30001', /a number in the bytes/],
    ['a number of five bytes', '4bc3050100000000' + '01', /a number in the bytes/],
    ['a moment as text', '510332303031303932355431363538353900' + '01', /no opaque moment/],
    ['a moment of five bytes', '51c3051f46730ebb01', /a moment in the bytes/],
    ['a moment in another zone', '51c3061f46730ebb4101', /a moment in the bytes/],
    ['bytes in a text', '5ec3014101', /no element for bytes/],
    ['a length in a longer form than it needs', '4bc38001c801', /longer form/],
    ['a text that is no UTF-8', '5e03ff0001', /no UTF-8/],
  ])('refuses %s', (_, content, why) => {
    expect(() => read12(content)).toThrow(why)
  })

  test('refuses BASE64 as text where bytes are due, and bytes where text is due', () => {
    expect(() => read12('594e8007014d0341513d3d000101')).toThrow('no opaque content')
    expect(() => read12('594e8016014dc3014101' + '01')).toThrow('no element for bytes')
    // A ContentEncoding holds for its own content alone.
    expect(() => read12('4a594e8007014dc301410101594dc30141010101')).toThrow('no element for bytes')
  })
})
