import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentModels } from '../../src/csp/contentModel.ts'
import { NotCspError } from '../../src/csp/cspError.ts'
import { Element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { type Version, versions } from '../../src/csp/versions.ts'
import { decodeDocument, decodeWbxml } from '../../src/csp/wbxml/decode.ts'
import { encodeDocument, encodeWbxml } from '../../src/csp/wbxml/encode.ts'
import { vocabulary } from '../../src/csp/wbxml/vocabulary.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { encodeXml } from '../../src/csp/xml/encode.ts'
import { generate, readTables } from '../../tables/generate.ts'
import { processorTime, processorTimes } from '../support/processorTime.ts'
import { message } from './arbitraries.ts'
import { outline, said } from './said.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
const hex = (body: Uint8Array) => Buffer.from(body).toString('hex').toUpperCase().match(/../g)!.join(' ')
const textBytes = (text: string) => Buffer.from(text, 'utf8').toString('hex')
/** Inline text. */
const inline = (text: string) => `03 ${textBytes(text)} 00`

const refusal = (body: Uint8Array) => {
  try {
    decodeWbxml(body)
  } catch (error) {
    if (error instanceof NotCspError) return `${error.status} ${error.message}`
    throw error
  }
  return 'accepted'
}

const heads: Readonly<Record<Version, string>> = {
  '1.1': '03 10 6A 00 C9 05 03 31 2E 31 00 01',
  '1.2': '03 11 6A 00 C9 08 03 31 2E 32 00 01',
  '1.3': '03 12 6A 00 C9 0B 03 31 2E 33 00 01',
}
/** Beginning of the transaction's namespace, and of that of presence. */
const transactionTokens: Readonly<Record<Version, string>> = { '1.1': '07', '1.2': '0A', '1.3': '0D' }

/** A request with TransactionID 7, as bytes, around a primitive as bytes; the code page is 0 before and may be any after. */
const around = (primitive: string, version: Version = '1.2', head = heads[version]) =>
  bytes(
    `${head} 6D 6E 70 80 11 01 6F ${inline('s1')} 01 01 72 74 76 80 20 01 75 ${inline('7')} 01 01 ` +
      `F3 ${transactionTokens[version]} ${inline(version)} 01 ${primitive} 01 01 01 01`,
  )
const read = (body: Uint8Array) => (decodeWbxml(body) as SessionMessage).transactions[0]!.primitive
const primitiveOf = (primitive: string, version: Version = '1.2') => read(around(primitive, version))

/** Status, Result and Code in page 0 around what a Code is. */
const codeIs = (content: string) => `71 6A 4B ${content} 01 01 01`
const codeIn = (content: string, version: Version = '1.2') =>
  primitiveOf(codeIs(content), version).find('Result', 'Code')?.rawText

const isTokenIn = (name: string, version: Version) => vocabulary(version).tagCodes.has(name)

const holding = (primitive: Element, version: Version): SessionMessage => ({
  kind: 'session',
  version,
  session: { type: 'Inband', id: 's1' },
  transactions: [{ mode: 'Request', id: '7', primitive }],
})
const tree = (name: string, content: string | Element[]) => new Element(name, content)
const sent = (primitive: Element, version: Version) => {
  const body = hex(encodeWbxml(holding(primitive, version)))
  const start = body.indexOf(hex(bytes(`F3 ${transactionTokens[version]} ${inline(version)} 01`)))
  return body
    .slice(start)
    .split(' ')
    .slice(8)
    .join(' ')
    .replace(/ 01 01 01 01$/, '')
}

describe('the tables', () => {
  test('are in the module that was made from them', () => {
    const made = readFileSync(new URL('../../src/csp/wbxml/tokens.ts', import.meta.url), 'utf8')
    expect(made).toBe(generate(readTables()))
  })

  /** Elements that the content model has and WBXML has not: none of them is sent in that version. */
  const without: Readonly<Record<Version, readonly string[]>> = {
    '1.1': ['CIRURL', 'CIRHTTPAddress'],
    '1.2': ['CIRHTTPAddress'],
    '1.3': [
      'AcceptedCharSet',
      'AcceptedContentLength',
      'AutoSubscribe',
      'CIRURL',
      'CancelAuth-Request',
      'GetReactiveAuthStatus-Request',
      'GetReactiveAuthStatus-Response',
      'PresenceAuth-Request',
      'PresenceAuth-User',
      'ReactiveAuthState',
      'ReactiveAuthStatus',
      'ReactiveAuthStatusList',
      'Users',
    ],
  }
  test.each(versions)('have a token for every element that is sent in %s', (version) => {
    const names = new Set(
      [...contentModels[version]].flatMap(([name, model]) => [name, ...model.map((one) => one.name)]),
    )
    expect([...names].filter((name) => !isTokenIn(name, version)).sort()).toEqual([...without[version]].sort())
  })
})

describe('the reference, byte for byte', () => {
  test.each(versions)('the smallest message of %s', (version) => {
    const smallest = bytes(`${heads[version]} 01`)
    const { root, version: found } = decodeDocument(smallest)
    expect({ root: outline(root), found }).toEqual({ root: ['WV-CSP-Message', ''], found: version })
    expect(hex(encodeDocument(root, version))).toBe(hex(smallest))
    expect(refusal(smallest)).toBe('400 Not a CSP message: no Session')
  })

  test('the date of the reference', () => {
    const date = 'C3 06 1F 46 73 0E BB 5A'
    expect(primitiveOf(`00 06 54 53 00 00 51 ${date} 01 01 01`).find('MessageInfo', 'DateTime')?.text).toBe(
      '20010925T165859Z',
    )
    expect(
      sent(tree('MessageNotification', [tree('MessageInfo', [tree('DateTime', '20010925T165859Z')])]), '1.2'),
    ).toContain(`51 ${date} 01`)
  })

  test.each([
    ['Inband', '80 11'],
    ['Outband', '80 19'],
  ])('SessionType %s', (type, value) => {
    const body = hex(encodeWbxml({ ...holding(tree('Status', ''), '1.2'), session: { type: type as 'Inband' } }))
    expect(body).toContain(`70 ${value} 01`)
  })

  test.each([
    ['ClientType', 'MOBILE_PHONE', '1.2', '80 6F'],
    ['InitialDeliveryMethod', 'P', '1.2', '80 1F'],
    ['SupportedBearer', 'HTTP', '1.2', '80 42'],
    ['SupportedBearer', 'SMS', '1.2', '80 43'],
    ['SupportedCIRMethod', 'STCP', '1.2', '80 44'],
    ['SupportedCIRMethod', 'SUDP', '1.1', '80 45'],
    ['SupportedCIRMethod', 'SHTTP', '1.2', '80 81 25'],
    ['SupportedCIRMethod', 'SSMS', '1.3', '80 81 24'],
    ['SupportedCIRMethod', 'SHTTP', '1.1', inline('SHTTP')],
    ['AnyContent', 'T', '1.1', '80 2C'],
    ['AnyContent', 'F', '1.2', '80 0B'],
  ] as const)('%s %s in %s', (name, value, version, expected) => {
    const list = version === '1.3' && name === 'SupportedCIRMethod' ? 'AgreedCapabilityList' : 'CapabilityList'
    const primitive = list === 'CapabilityList' ? 'ClientCapability-Request' : 'ClientCapability-Response'
    expect(sent(tree(primitive, [tree(list, [tree(name, value)])]), version)).toContain(hex(bytes(`${expected} 01`)))
    const back = decodeWbxml(encodeWbxml(holding(tree(primitive, [tree(list, [tree(name, value)])]), version)))
    expect((back as SessionMessage).transactions[0]!.primitive.find(list, name)?.rawText).toBe(value)
  })
})

describe('on receipt', () => {
  test.each([
    ['opaque', 'C3 01 C8', '200'],
    ['opaque with leading zeros', 'C3 04 00 00 00 C8', '200'],
    ['opaque, large', 'C3 04 FF FF FF FF', '4294967295'],
    ['opaque, larger than any', 'C3 08 FF FF FF FF FF FF FF FF', '18446744073709551615'],
    ['opaque zero', 'C3 01 00', '0'],
    ['opaque without bytes', 'C3 00', '0'],
    ['inline digits', inline('200'), '200'],
    ['an entity for a digit', `${inline('2')} 02 30 ${inline('0')}`, '200'],
    ['an entity in many bytes', `${inline('2')} 02 80 80 80 80 30 ${inline('0')}`, '200'],
    ['nothing', '', ''],
    ['other extensions, which mean nothing', `40 ${textBytes('x')} 00 81 05 C0 ${inline('200')} C2 82 81 01`, '200'],
    ['a processing instruction', `43 05 ${inline('x')} 01 ${inline('200')}`, '200'],
    ['page switches', `00 07 ${inline('20')} 00 00 ${inline('0')}`, '200'],
  ])('an integer is read: %s', (_, content, expected) => {
    expect(codeIn(content)).toBe(expected)
  })

  test.each([
    ['several values and texts', `80 2C ${inline('a')} 80 0B`, 'TaF'],
    ['fragments of addresses', `80 0E ${inline('im.')} 80 28 80 30`, 'http://im.text/plainwww.wireless-village.org'],
    ['a value of 1.3 in an older message', '80 78', 'www.openmobilealliance.org'],
    ['a value that no version has', `80 81 7F ${inline('x')}`, 'x'],
    ['characters beyond the first 65,536', '02 87 EC 00 02 83 B0 3D 02 83 BC 00', '\u{1F600}\u{1F600}'],
    ['half a character, which is none', `${inline('a')} 02 83 B0 3D ${inline('b')}`, 'ab'],
    ['control characters, which XML cannot carry', `03 61 07 62 00 02 01`, 'ab'],
    ['Unicode', inline('grüße 漢字 😀'), 'grüße 漢字 😀'],
    ['a byte order mark, which is a character', inline('\ufeffa'), '\ufeffa'],
    ['opaque text', `C3 05 ${textBytes('hello')}`, 'hello'],
  ])('text is read: %s', (_, content, expected) => {
    expect(primitiveOf(`71 6A 52 ${content} 01 01 01`).find('Result', 'Description')?.rawText).toBe(expected)
  })

  test.each([
    ['InviteType', 'AP', '1.1', '00 01 56 58', '68'],
    ['InviteType', 'AP', '1.3', '00 01 56 58', '68'],
    ['Cap', 'IM', '1.2', '00 04 52 00 05 51 6F', '68'],
    ['Cap', 'IM', '1.3', '00 04 52 00 05 51 6F', '68'],
    ['SearchElement', 'GROUP_ID', '1.3', '00 01 6B 6A 64', '3D'],
  ] as const)('a number with two meanings, by its element: %s %s in %s', (name, word, version, path, value) => {
    const depth = path.split(' ').filter((one, index, all) => one !== '00' && all[index - 1] !== '00').length
    const primitive = primitiveOf(`${path} 80 ${value} ${'01 '.repeat(depth)}`, version)
    const find = (one: Element): string | undefined =>
      one.name === name ? one.rawText : one.children.map(find).find((found) => found !== undefined)
    expect(find(primitive)).toBe(word)
  })

  test('strings and names from the string table', () => {
    // "Status\0Code\0200\0x:Description\0"
    const table = 'Status\0Code\x00200\0x:Description\0'
    const head = `03 11 6A ${Buffer.from([table.length]).toString('hex')} ${textBytes(table)} C9 08 ${inline('1.2')} 01`
    const primitive = read(around('44 00 6A 44 07 83 0C 01 44 10 83 0E 01 01 01', '1.2', head))
    expect(outline(primitive)).toEqual([
      'Status',
      [
        [
          'Result',
          [
            ['Code', '200'],
            ['Description', '0'],
          ],
        ],
      ],
    ])
  })

  test.each([
    ['a tag', '3F'],
    ['a tag with text', `7F ${inline('lost')} 01`],
    ['a tag with attributes', `BF 05 ${inline('x')} 04 00 01`.replace('04 00', '2A')],
    ['a tag with elements in it', `FF 2A ${inline('x')} 01 4B ${inline('404')} 01 7F 7F 01 01 C3 02 4B 4B 01`],
    ['a code page', `00 20 45 ${inline('lost')} 01 00 00`],
    ['a page from which the next element comes', `00 07 7F 00 01 01 00 00`],
  ])('unknown tokens are left out with what they hold: %s', (_, unknown) => {
    const primitive = primitiveOf(`71 6A ${unknown} 4B C3 01 C8 01 01 01`)
    expect(outline(primitive)).toEqual(['Status', [['Result', [['Code', '200']]]]])
  })

  test('elements of a foreign namespace inside a primitive are left out, those of IMPS by any address are not', () => {
    const table = 'xmlns\0'
    const head = `03 11 6A 06 ${textBytes(table)} C9 08 ${inline('1.2')} 01`
    const vendor = `CB 04 00 ${inline('http://vendor.example/x')} 01 ${inline('404')} 01`
    const ours = `CB 04 00 ${inline('http://www.openmobilealliance.org/WV-TRC1.2')} 01 ${inline('200')} 01`
    expect(outline(read(around(`71 6A ${vendor} ${ours} 01 01`, '1.2', head)))).toEqual([
      'Status',
      [['Result', [['Code', '200']]]],
    ])
  })

  const publicIdText = (text: string) =>
    `03 00 00 6A ${Buffer.from([text.length + 1]).toString('hex')} ${textBytes(text)} 00`
  test.each([
    ['the namespace', '03 11 6A 00 C9 08 03 31 2E 32 00 01', '1.2'],
    ['the namespace, whatever the public identifier says', '03 10 6A 00 C9 08 03 31 2E 32 00 01', '1.2'],
    ['the namespace, where the public identifier is unknown', '03 01 6A 00 C9 05 03 31 2E 31 00 01', '1.1'],
    ['the namespace, where the public identifier is of another language', '03 04 6A 00 C9 0B 03 31 2E 33 00 01', '1.3'],
    [
      'a namespace in words',
      `03 01 6A 06 ${textBytes('xmlns')} 00 C9 04 00 ${inline('http://www.openmobilealliance.org/WV-CSP1.2')} 01`,
      '1.2',
    ],
    ['the public identifier alone', '03 10 6A 00 49', '1.1'],
    ['the public identifier in many bytes', '03 80 80 12 6A 00 49', '1.3'],
    ['the public identifier in words', `${publicIdText('-//OMA//DTD WV-CSP 1.2//EN')} 49`, '1.2'],
    ['the public identifier in other words', `${publicIdText('-//WIRELESSVILLAGE//DTD CSP 1.1//EN')} 49`, '1.1'],
    ['the public identifier beside a namespace without a version', `03 11 6A 00 C9 08 ${inline('')} 01`, '1.2'],
    ['a namespace without a version and nothing else', `03 01 6A 00 C9 05 ${inline('')} 01`, 'unsupported'],
    ['a version that is not spoken', `03 11 6A 00 C9 0B ${inline('2.0')} 01`, 'unsupported'],
    [
      'a page switch and an instruction before the root',
      `03 11 6A 00 43 2A 01 00 05 00 00 C9 08 ${inline('1.2')} 01`,
      '1.2',
    ],
  ])('the version is that of %s', (_, head, expected) => {
    const message = decodeWbxml(around('71 6A 4B C3 01 C8 01 01 01', '1.2', head))
    expect(message.version).toBe(expected)
    expect((message as SessionMessage).transactions[0]!.primitive.find('Result', 'Code')?.text).toBe('200')
  })

  test.each([
    ['WBXML 1.1', '01 11 6A 00 C9 08 03 31 2E 32 00 01'],
    ['WBXML 1.2', '02 11 6A 00 C9 08 03 31 2E 32 00 01'],
  ])('%s is read', (_, head) => {
    expect(read(around('71 6A 4B C3 01 C8 01 01 01', '1.2', head)).name).toBe('Status')
  })

  test.each([
    ['Latin-1', '04', undefined],
    ['a set that the Content-Type names', '00', 'iso-8859-1'],
    ['a set of Windows', '91 4C', undefined],
    ['ISO 8859-15', '6F', undefined],
  ])('text in %s', (_, charset, named) => {
    const body = around('71 6A 52 03 67 72 FC DF 65 00 01 01 01', '1.2', `03 11 ${charset} 00 C9 08 03 31 2E 32 00 01`)
    const message = decodeWbxml(body, named) as SessionMessage
    expect(message.transactions[0]!.primitive.find('Result', 'Description')?.text).toBe('grüße')
  })

  test('the characters that Windows has where Latin-1 has none', () => {
    const body = around('71 6A 52 03 80 99 E4 00 01 01 01', '1.2', '03 11 91 4C 00 C9 08 03 31 2E 32 00 01')
    expect(read(body).find('Result', 'Description')?.text).toBe('\u20ac\u2122ä')
  })

  test.each([
    ['a moment without a zone', 'C3 05 1F 46 73 0E BB', '20010925T165859'],
    ['a moment with a zone that is none', 'C3 06 1F 46 73 0E BB 20', '20010925T165859'],
    ['a moment in another zone', 'C3 06 1F 46 73 0E BB 41', '20010925T165859A'],
    ['bytes that are no moment', 'C3 03 61 62 63', 'abc'],
    ['bytes that are nothing', 'C3 02 FF FE', '\ufffd\ufffd'],
  ])('a DateTime is read: %s', (_, content, expected) => {
    expect(primitiveOf(`00 06 54 53 00 00 51 ${content} 01 01 01`).find('MessageInfo', 'DateTime')?.rawText).toBe(
      expected,
    )
  })

  test.each([
    ['a tag that no version has', '7F C3 02 FF FE 01'],
    ['a name of a foreign namespace', 'C4 00 04 02 03 78 00 01 C3 02 FF FE 01'],
  ])('bytes that are no text are left out with %s', (_, element) => {
    const table = '03 11 6A 08 56 00 78 6D 6C 6E 73 00 C9 08 03 31 2E 32 00 01'
    expect(outline(read(around(`71 6A 4B C3 01 C8 01 ${element} 01 01`, '1.2', table)))).toEqual(
      outline(primitiveOf(codeIs('C3 01 C8'))),
    )
  })

  test('tags of 1.1 and 1.2 that 1.3 has no more, and numbers that have changed their meaning', () => {
    expect(primitiveOf(`00 04 59 00 00 7A ${inline('wv:ann')} 01 01`, '1.3').name).toBe('PresenceAuth-Request')
    expect(primitiveOf(`00 09 4B ${inline('x')} 01`, '1.3').name).toBe('AnswerOptionText')
    expect(primitiveOf(`00 09 4B ${inline('x')} 01`, '1.2').name).toBe('ReactiveAuthState')
    expect(primitiveOf(`00 03 54 ${inline('x')} 01`, '1.3').name).toBe('CIRHTTPAddress')
    expect(primitiveOf(`00 03 54 ${inline('x')} 01`, '1.2').name).toBe('CIRURL')
    expect(primitiveOf('00 06 46 00 00 01', '1.1').name).toBe('BlockEntity-Request')
    expect(primitiveOf(`00 05 76 ${inline('image/png')} 01`, '1.2').name).toBe('ContentType')
  })

  test.each([
    ['nothing', ''],
    ['a version of WBXML that there is not', '04 11 6A 00 C9 08 03 31 2E 32 00 01 01'],
    ['another root', '03 11 6A 00 49 01'.replace('49', '4A')],
    ['an unknown root', '03 11 6A 00 7F 01'],
    ['no version at all', '03 01 6A 00 49 01'],
    ['text in place of the root', `03 11 6A 00 ${inline('x')}`],
    ['a message that breaks off', heads['1.2']],
    ['a string that does not end', `${heads['1.2']} 6D 6E 70 03 49 6E`],
    ['opaque data that is longer than the message', `${heads['1.2']} C3 85 00 41 01`],
    ['a string table that is longer than the message', '03 11 6A 8F FF FF FF 7F C9'],
    ['a string that is not in the table', `${heads['1.2']} 83 05 01`],
    ['a name that is not in the table', `${heads['1.2']} 44 05 01 01`],
    ['a number of more than 32 bits', `${heads['1.2']} 80 90 80 80 80 00 01`],
    ['a number without end', `${heads['1.2']} 80 ${'80 '.repeat(40)} 00 01`],
    ['an entity that is no character', `${heads['1.2']} 02 00 01`],
    ['an entity beyond Unicode', `${heads['1.2']} 02 C4 80 00 01`],
    ['text that is no UTF-8', `${heads['1.2']} 03 FF FE 00 01`],
    ['opaque text that is no UTF-8', `${heads['1.2']} 52 C3 02 FF FE 01 01`],
    ['a character set with characters of two bytes', '03 11 87 77 00 C9 08 03 31 2E 32 00 01 01'],
    ['a number that is too large', `${heads['1.2']} 4B C3 21 ${'FF '.repeat(33)} 01 01`],
    ['elements 41 deep', `${heads['1.2']} ${'71 '.repeat(40)} ${'01 '.repeat(41)}`],
    ['a tag among attributes', `03 11 6A 00 C9 84 00 01 01`],
  ])('%s is refused', (_, body) => {
    expect(refusal(bytes(body))).toMatch(/^400 Not a CSP message: /)
  })
})

describe('content', () => {
  const message = (encoding: string, content: string) =>
    primitiveOf(`00 06 57 ${encoding === '' ? '' : `53 00 00 4E ${encoding} 01 01`} 00 00 4D ${content} 01 01`)

  test.each([
    ['opaque and BASE64: the bytes', '80 07', 'C3 04 FF D8 FF 00', '/9j/AA==', 'BASE64'],
    ['inline and BASE64: BASE64 already', '80 07', inline('/9j/AA=='), '/9j/AA==', 'BASE64'],
    ['opaque text', inline('None'), `C3 05 ${textBytes('hello')}`, 'hello', 'None'],
    ['opaque in pieces', '80 07', 'C3 02 FF D8 C3 02 FF 00', '/9j/AA==', 'BASE64'],
    ['opaque bytes that are no text and say nothing', inline('None'), 'C3 02 FF D8', '/9g=', 'BASE64'],
    ['opaque bytes that XML cannot carry as text', inline('None'), 'C3 03 61 00 62', 'YQBi', 'BASE64'],
    ['opaque bytes, then text', '80 07', `C3 02 FF D8 ${inline('ab')}`, '/9hhYg==', 'BASE64'],
    ['text, then opaque bytes, then a value', inline('None'), `${inline('a')} C3 01 62 80 2C`, 'abT', 'None'],
    ['opaque text that says nothing', '', `C3 05 ${textBytes('hello')}`, 'hello', undefined],
    ['opaque text after inline text', '', `${inline('hello ')} C3 03 ${textBytes('ann')}`, 'hello ann', undefined],
    ['opaque text before inline text', '', `C3 05 ${textBytes('hello')} ${inline(' ann')}`, 'hello ann', undefined],
    ['opaque bytes below 128 that no text has', inline('None'), 'C3 04 00 00 10 7E', 'AAAQfg==', 'BASE64'],
  ])('%s', (_, encoding, content, expected, declared) => {
    const primitive = message(encoding, content)
    expect([
      primitive.child('ContentData')?.rawText,
      primitive.find('MessageInfo', 'ContentEncoding')?.rawText,
    ]).toEqual([expected, declared])
  })

  test('the encoding of a picture that stands beside it, before or after', () => {
    const data = '4D C3 03 FF D8 FF 01'
    for (const parts of [`4E 80 07 01 ${data}`, `${data} 4E 80 07 01`])
      expect(primitiveOf(`00 01 53 00 00 59 ${parts} 01 01`).find('Logo', 'ContentData')?.rawText).toBe('/9j/')
    expect(
      primitiveOf('00 04 5F 00 00 E3 09 03 31 2E 32 00 01 00 05 69 59 C3 03 FF D8 FF 01 01 01 01').find(
        'PresenceSubList',
        'StatusContent',
        'DirectContent',
      )?.rawText,
    ).toBe('/9j/')
  })

  const newMessage = (encoding: string, content: string) =>
    tree('NewMessage', [tree('MessageInfo', [tree('ContentEncoding', encoding)]), tree('ContentData', content)])
  test.each([
    ['BASE64', '/9j/AA==', 'C3 04 FF D8 FF 00', '/9j/AA=='],
    ['base64', '/9j/\r\nAA==\n', 'C3 04 FF D8 FF 00', '/9j/AA=='],
    ['BASE64', '/9j/AA', 'C3 04 FF D8 FF 00', '/9j/AA=='],
    ['BASE64', '/9j/A', inline('/9j/A'), '/9j/A'],
    ['BASE64', 'no, really', inline('no, really'), 'no, really'],
    ['None', '/9j/AA==', inline('/9j/AA=='), '/9j/AA=='],
  ])('is sent as bytes where it is BASE64 and says so: %s %s', (encoding, content, expected, back) => {
    expect(sent(newMessage(encoding, content), '1.2')).toContain(hex(bytes(`4D ${expected} 01`)))
    expect(outline(read(encodeWbxml(holding(newMessage(encoding, content), '1.2'))))).toEqual(
      outline(newMessage(encoding, back)),
    )
  })
})

describe('what is sent', () => {
  test('has value tokens in enumerated elements only: never in names, texts and ids', () => {
    const property = tree('Property', [tree('Name', 'Searchable'), tree('Value', 'T')])
    const props = tree('SetGroupProps-Request', [tree('GroupID', 'T'), tree('GroupProperties', [property])])
    expect(sent(props, '1.2')).not.toMatch(/\b80 /)
    const status = tree('Status', [tree('Result', [tree('Code', '200'), tree('Description', 'T')])])
    expect(sent(status, '1.2')).toBe(hex(bytes(`71 6A 4B C3 01 C8 01 52 ${inline('T')} 01 01 01`)))
  })

  test('has a PresenceValue by its attribute', () => {
    const attribute = (name: string, value: string) => tree(name, [tree('PresenceValue', value)])
    const update = (one: Element) => tree('UpdatePresence-Request', [tree('PresenceSubList', [one])])
    expect(sent(update(attribute('UserAvailability', 'AVAILABLE')), '1.1')).toContain('64 80 5F 01')
    expect(sent(update(attribute('StatusText', 'AVAILABLE')), '1.1')).toContain(
      hex(bytes(`64 ${inline('AVAILABLE')} 01`)),
    )
  })

  test('has IM and SMS of presence with the numbers of presence', () => {
    const cap = (word: string) =>
      tree('UpdatePresence-Request', [tree('PresenceSubList', [tree('CommCap', [tree('CommC', [tree('Cap', word)])])])])
    expect(sent(cap('SMS'), '1.2')).toContain('6F 80 75 01')
    expect(sent(cap('IM'), '1.1')).toContain('6F 80 68 01')
    expect(sent(cap('IM'), '1.2')).toContain('6F 80 12 01')
  })

  test('has no value of a later version', () => {
    const invite = (type: string) => tree('Invite-Request', [tree('InviteType', type)])
    expect(sent(invite('GM'), '1.1')).toContain(hex(bytes(inline('GM'))))
    expect(sent(invite('GM'), '1.2')).toContain('80 32')
    expect(sent(invite('EC'), '1.2')).toContain(hex(bytes(inline('EC'))))
    expect(sent(invite('EC'), '1.3')).toContain('80 81 20')
  })

  test.each([
    ['0', 'C3 01 00'],
    ['127', 'C3 01 7F'],
    ['128', 'C3 01 80'],
    ['65536', 'C3 03 01 00 00'],
    ['4294967295', 'C3 04 FF FF FF FF'],
    ['4294967296', inline('4294967296')],
    ['007', inline('007')],
    ['-1', inline('-1')],
    ['many', inline('many')],
  ])('has the integer %s', (text, expected) => {
    expect(sent(tree('KeepAlive-Request', [tree('TimeToLive', text)]), '1.2')).toBe(
      hex(bytes(`00 01 5B 72 ${expected} 01 01`)),
    )
    const back = read(encodeWbxml(holding(tree('KeepAlive-Request', [tree('TimeToLive', text)]), '1.2')))
    expect(back.child('TimeToLive')?.rawText).toBe(text)
  })

  test('has no integer of a SearchID, which is text to some clients', () => {
    expect(sent(tree('StopSearch-Request', [tree('SearchID', '7')]), '1.2')).toContain(hex(bytes(inline('7'))))
  })

  test.each(['19991231T235959Z', '20070625T055652', '20240229T000000Z', '00010101T000000Z', '40951231T235959'])(
    'has moments that come back: %s',
    (text) => {
      const primitive = tree('MessageNotification', [tree('MessageInfo', [tree('DateTime', text)])])
      expect(sent(primitive, '1.2')).toMatch(/51 C3 06( [0-9A-F]{2}){5} (5A|00) 01/)
      expect(read(encodeWbxml(holding(primitive, '1.2'))).find('MessageInfo', 'DateTime')?.rawText).toBe(text)
    },
  )

  test.each(['20070625T0556Z', '20071325T055652Z', '20070625T055652+01', 'yesterday'])(
    'has what is no moment as text: %s',
    (text) => {
      const primitive = tree('MessageNotification', [tree('MessageInfo', [tree('DateTime', text)])])
      expect(sent(primitive, '1.2')).toContain(hex(bytes(`51 ${inline(text)} 01`)))
    },
  )

  test('has no characters that XML cannot carry, and no end in its strings', () => {
    const status = tree('Status', [tree('Result', [tree('Description', 'a\u0000b\ud800c\u0007')])])
    expect(sent(status, '1.2')).toContain(hex(bytes(`52 ${inline('abc')} 01`)))
  })

  test('leaves out an element for which the version has no token', () => {
    const root = tree('WV-CSP-Message', [tree('Status', [tree('Novelty', 'x'), tree('Users', 'x')])])
    expect(hex(encodeDocument(root, '1.3'))).toBe(hex(bytes(`${heads['1.3']} 71 01 01`)))
  })

  test('an unsupported version in the highest one', () => {
    const body = encodeWbxml({ ...holding(tree('Status', ''), '1.3'), version: 'unsupported' })
    expect(hex(body)).toMatch(/^03 12 6A 00 C9 0B 03 31 2E 33 00 01/)
  })
})

describe('any message', () => {
  /** Without what has no token in its version, which is not sent. */
  const withTokens = (one: Element, version: Version): Element =>
    one.children.length === 0
      ? one
      : new Element(
          one.name,
          one.children.filter(({ name }) => isTokenIn(name, version)).map((child) => withTokens(child, version)),
        )
  const sendable = message
    .map((one) => ({
      ...one,
      transactions: one.transactions
        .filter(({ primitive }) => isTokenIn(primitive.name, one.version as Version))
        .map((each) => ({ ...each, primitive: withTokens(each.primitive, one.version as Version) })),
    }))
    .filter(({ transactions }) => transactions.length > 0)

  test('is the same after a way through WBXML', () => {
    fc.assert(
      fc.property(sendable, (one) => {
        expect(said(decodeWbxml(encodeWbxml(one)) as SessionMessage)).toEqual(said(one))
      }),
      { numRuns: 500 },
    )
  })

  test('is the same in XML after a way through WBXML, and in WBXML after a way through XML', () => {
    fc.assert(
      fc.property(sendable, (one) => {
        const xml = encodeXml(one)
        const wbxml = encodeWbxml(decodeXml(xml))
        expect(Buffer.from(encodeXml(decodeWbxml(wbxml))).equals(Buffer.from(xml))).toBe(true)
        expect(hex(encodeWbxml(decodeXml(encodeXml(decodeWbxml(wbxml)))))).toBe(hex(wbxml))
      }),
      { numRuns: 300 },
    )
  })
})

describe('hostile bytes', () => {
  const head = bytes(heads['1.2'])
  const megabyte = (pattern: string) => Buffer.concat([head, Buffer.alloc(1_000_000, bytes(pattern))])
  const number = (value: number) => [0x80 | (value >> 14), 0x80 | ((value >> 7) & 127), value & 127]
  /** Milliseconds of this thread's processor time, the least of five: the machine may be busy with something else. */
  const quickest = (work: () => unknown) => Math.min(...Array.from({ length: 5 }, () => processorTime(work) / 1000))
  /** Half of it a string, the rest references into it. */
  const references = (offsetOf: (index: number) => number) =>
    Buffer.concat([
      Buffer.from([3, 0x11, 0x6a, ...number(500_000)]),
      Buffer.alloc(499_999, 0x61),
      Buffer.from([0]),
      bytes('C9 08 03 31 2E 32 00 01'),
      Buffer.from(Array.from({ length: 125_000 }, (_, index) => [0x83, ...number(offsetOf(index))]).flat()),
    ])

  test.each([
    ['empty elements', megabyte('0A')],
    ['elements in elements', megabyte('4A')],
    ['elements with attributes in elements', megabyte('CA 01')],
    ['strings of one letter', megabyte('03 61 00')],
    ['strings of one letter that is not plain', megabyte('03 C3 A9 00')],
    ['entities', megabyte('02 81 7F')],
    ['value tokens', megabyte('80 2B')],
    ['the longest value', megabyte('80 78')],
    ['page switches', megabyte('00 01')],
    ['opaque bytes', megabyte('C3 01 41')],
    ['opaque bytes in a content', Buffer.concat([head, bytes('4D'), Buffer.alloc(1_000_000, bytes('C3 01 41'))])],
    [
      'strings in another character set',
      Buffer.concat([bytes('03 11 71 00 C9 08 03 31 2E 32 00 01'), Buffer.alloc(1_000_000, bytes('03 B0 A1 00'))]),
    ],
    ['strings that might be no UTF-8', megabyte('03 EF BF BD 00')],
    ['attributes', Buffer.concat([bytes('03 11 6A 00 C9'), Buffer.alloc(1_000_000, bytes('05 03 61 00 07'))])],
    ['processing instructions', megabyte('43 05 01')],
    ['zeros', megabyte('00')],
    ['ones', megabyte('FF')],
    ['a number without end', megabyte('80')],
    ['a string without end', megabyte('03 61 61')],
    ['one long string of the table again and again', references(() => 0)],
    ['a long string of the table from each of its letters', references((index) => index)],
  ])('1 MB of %s is refused in under 50 ms', (_, body) => {
    expect(quickest(() => expect(refusal(body)).toMatch(/^400 /))).toBeLessThan(50)
  })

  test('a large message is read in time that grows as it does', () => {
    const user = `7A ${inline('wv:somebody@example.com')} 01`
    const list = (many: number) => around(`00 04 53 00 00 ${user.repeat(many)} 01`)
    expect((read(list(20_000)) as Element).children).toHaveLength(20_000)
    const [few, many] = [list(5_000), list(20_000)]
    const [timeOfFew, timeOfMany] = processorTimes(5, [() => decodeWbxml(few), () => decodeWbxml(many)]).map((times) =>
      Math.min(...times),
    ) as [number, number]
    expect(timeOfMany / timeOfFew).toBeLessThan(12)
  })
})

describe('any bytes', () => {
  const outcome = (body: Uint8Array) => {
    const found = refusal(body)
    expect(found).toMatch(/^accepted$|^400 Not a CSP message: [\w -]+$/)
    return found
  }

  test('are a message or a clear error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => void outcome(body)),
      { numRuns: 2000 },
    )
  })

  test('behind the beginning of a message are a message or a clear error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...versions),
        fc.uint8Array({ maxLength: 200 }),
        (version, body) => void outcome(Buffer.concat([bytes(heads[version]), body])),
      ),
      { numRuns: 3000 },
    )
  })

  test('changed in a message are a message or a clear error', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(message, changes, (one, all) => {
        const body = Buffer.from(encodeWbxml(one))
        for (const [at, value] of all) body[at % body.length] = value
        outcome(body)
      }),
      { numRuns: 1000 },
    )
  })
})
