import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NotCspError } from '../../src/csp/cspError.ts'
import { Element, element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { namespaces, type Version } from '../../src/csp/versions.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { encodeXml } from '../../src/csp/xml/encode.ts'
import { message } from './arbitraries.ts'
import { outline, said } from './said.ts'

const encoded = (one: Parameters<typeof encodeXml>[0]) => Buffer.from(encodeXml(one)).toString('utf8')
const decoded = (xml: string | Uint8Array) => decodeXml(Buffer.from(xml)) as SessionMessage
const envelope = (content: string, version: Version = '1.2', before = '') =>
  `${before}<WV-CSP-Message xmlns="${namespaces[version].session}">${content}</WV-CSP-Message>`
const holding = (primitive: string, version: Version = '1.2') =>
  envelope(
    '<Session><SessionDescriptor><SessionType>Outband</SessionType></SessionDescriptor><Transaction><TransactionDescriptor>' +
      '<TransactionMode>Request</TransactionMode><TransactionID>7</TransactionID></TransactionDescriptor>' +
      `<TransactionContent xmlns="${namespaces[version].transaction}">${primitive}</TransactionContent></Transaction></Session>`,
    version,
  )
const primitiveOf = (xml: string | Uint8Array) => decoded(xml).transactions[0]!.primitive
const refusal = (xml: string | Uint8Array) => {
  try {
    decodeXml(Buffer.from(xml))
  } catch (error) {
    if (error instanceof NotCspError) return error.status
    throw error
  }
  return 'accepted'
}

describe('any message', () => {
  test('is the same after a way through XML', () => {
    fc.assert(
      fc.property(message, (one) => {
        expect(said(decoded(encodeXml(one)))).toEqual(said(one))
      }),
      { numRuns: 500 },
    )
  })

  test('has default namespaces only and no white space between elements', () => {
    fc.assert(
      fc.property(message, (one) => {
        const xml = encoded(one)
        expect(xml).not.toMatch(/<\/?[A-Za-z-]+:/)
        const { session, transaction, presence } = namespaces[one.version as Version]
        const declared = [...xml.matchAll(/<[^>]*? xmlns="([^"]*)"/g)].map((found) => found[1])
        expect(declared.every((namespace) => [session, transaction, presence].includes(namespace!))).toBe(true)
      }),
    )
  })
})

describe('any bytes', () => {
  test('are a message or a clear refusal, and nothing worse', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map((one) => Buffer.from(envelope(one))),
      // Real messages with something cut out, doubled or put in.
      fc.tuple(message, fc.nat(), fc.nat(40), fc.string({ maxLength: 5 })).map(([one, at, length, put]) => {
        const xml = encoded(one)
        const start = at % xml.length
        return Buffer.from(xml.slice(0, start) + put + xml.slice(start + length))
      }),
    )
    fc.assert(
      fc.property(bytes, (one) => {
        try {
          decodeXml(one)
        } catch (error) {
          expect(error).toBeInstanceOf(NotCspError)
          expect((error as NotCspError).status).toBe(400)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['nothing', ''],
    ['no XML', '{"a":1}'],
    ['an unclosed element', '<WV-CSP-Message xmlns="http://www.wireless-village.org/CSP1.1"><Session>'],
    ['crossed elements', envelope('<Session><a></Session></a>')],
    ['two roots', envelope('<Session/>') + envelope('<Session/>')],
    ['another root', '<html/>'],
    ['no namespace', '<WV-CSP-Message><Session/></WV-CSP-Message>'],
    ['no Session', envelope('<Nothing/>')],
    ['an entity of its own', envelope('<Session>&own;</Session>', '1.2', '<!DOCTYPE x [<!ENTITY own "text">]>')],
    ['a bare ampersand', envelope('<Session>Tom & Ann</Session>')],
    ['a character that XML does not have', envelope('<Session>&#0;</Session>')],
    ['text that is not UTF-8', Buffer.concat([Buffer.from('<?xml version="1.0"?>'), Buffer.from([0xff, 0xfe, 0xff])])],
    ['a name that JavaScript knows', envelope('<__proto__><x/></__proto__>')],
    ['elements 100 deep', envelope('<a>'.repeat(100) + '</a>'.repeat(100))],
  ])('are refused with 400: %s', (_, xml) => {
    expect(refusal(xml)).toBe(400)
  })

  test('of a DTD are not fetched or expanded', () => {
    const doctype =
      '<!DOCTYPE WV-CSP-Message [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    expect(refusal(envelope('<Session>&b;</Session>', '1.2', doctype))).toBe(400)
    expect(refusal(envelope('<Session>&c;</Session>', '1.2', doctype))).toBe(400)
    expect(
      refusal(
        envelope(
          '<Session/>',
          '1.2',
          '<!DOCTYPE WV-CSP-Message PUBLIC "-//OMA//DTD WV-CSP 1.2//EN" "http://nowhere.invalid/x.dtd">',
        ),
      ),
    ).toBe('accepted')
  })

  test('in great number are refused without effort out of proportion', () => {
    for (const hostile of [
      '<'.repeat(250_000),
      '<a>'.repeat(80_000),
      '<!--'.repeat(60_000),
      envelope('&amp;'.repeat(50_000)),
      envelope('<a/>'.repeat(60_000)),
    ]) {
      const before = process.cpuUsage()
      refusal(hostile)
      const { user, system } = process.cpuUsage(before)
      // Quadratic behaviour would take minutes; the bound leaves room for a slow machine.
      expect((user + system) / 1e6).toBeLessThan(3)
    }
  })
})

describe('on receipt', () => {
  test('the version is that of the namespace', () => {
    expect(decoded(envelope('<Session/>', '1.1')).version).toBe('1.1')
    expect(decoded(envelope('<Session/>', '1.3')).version).toBe('1.3')
    expect(
      decoded('<WV-CSP-Message xmlns="http://www.openmobilealliance.org/WV-CSP1.2"><Session/></WV-CSP-Message>')
        .version,
    ).toBe('1.2')
    expect(
      decoded('<WV-CSP-Message xmlns="http://www.openmobilealliance.org/DTD/IMPS-CSP1.4"><Session/></WV-CSP-Message>')
        .version,
    ).toBe('unsupported')
  })

  test('further namespace declarations, prefixes, comments and indentation are let pass', () => {
    const xml =
      '\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<!-- hello -->\n' +
      '<c:WV-CSP-Message xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:c="http://www.openmobilealliance.org/DTD/WV-CSP1.2">\n' +
      '  <c:Session>\n    <SessionDescriptor>\n      <SessionType> Inband </SessionType>\n      <SessionID>\n s1 </SessionID>\n    </SessionDescriptor>\n' +
      '    <Transaction><TransactionContent x="y"><Polling-Request /></TransactionContent></Transaction>\n  </c:Session>\n</c:WV-CSP-Message>\n'
    expect(said(decoded(xml))).toEqual({
      version: '1.2',
      session: { type: 'Inband', id: 's1' },
      transactions: [{ mode: 'Request', id: undefined, primitive: ['Polling-Request', ''] }],
    })
  })

  test('an empty SessionID and an empty TransactionID count as absent (R1)', () => {
    const xml = envelope(
      '<Session><SessionDescriptor><SessionType>Inband</SessionType><SessionID></SessionID></SessionDescriptor><Transaction>' +
        '<TransactionDescriptor><TransactionMode>Request</TransactionMode><TransactionID/></TransactionDescriptor></Transaction></Session>',
    )
    expect(decoded(xml).session).toEqual({ type: 'Inband' })
    expect(decoded(xml).transactions[0]!.id).toBeUndefined()
  })

  test('entities, references and CDATA are text', () => {
    const primitive = primitiveOf(holding('<X>&lt;b&gt; &amp;amp; &#233;&#x1F600;<![CDATA[<&>]]></X>'))
    expect(primitive.rawText).toBe('<b> &amp; é😀<&>')
  })

  describe('elements of a foreign namespace inside a primitive', () => {
    const vendor = 'http://imps.colibria.com/PA-ext-1.2'
    const presence = (subList: string, declarations = `xmlns="${namespaces['1.2'].presence}"`) =>
      holding(
        `<UpdatePresence-Request><PresenceSubList ${declarations}>${subList}</PresenceSubList></UpdatePresence-Request>`,
      )
    const attributesIn = (xml: string) =>
      primitiveOf(xml)
        .child('PresenceSubList')!
        .children.map((child) => `${child.name}=${child.text ?? ''}`)

    test('are left out with all that is in them, and nothing around them is (clients.md 22)', () => {
      expect(
        attributesIn(
          presence(
            `<StatusText>a</StatusText><ClientTypeDetail xmlns="${vendor}"><Qualifier>T</Qualifier><StatusMood>x</StatusMood></ClientTypeDetail>` +
              `<ClientType xmlns="${vendor}">PC</ClientType><StatusMood>b</StatusMood>`,
          ),
        ),
      ).toEqual(['StatusText=a', 'StatusMood=b'])
    })

    test('are found by their prefix, wherever it is declared', () => {
      const own = presence(`<a:X xmlns:a="${vendor}">1</a:X><StatusText>a</StatusText>`)
      expect(attributesIn(own)).toEqual(['StatusText=a'])
      const parent = presence('<a:X>1</a:X><StatusText>a</StatusText>', `xmlns:a="${vendor}"`)
      expect(attributesIn(parent)).toEqual(['StatusText=a'])
      const root = presence('<a:X><StatusMood>1</StatusMood></a:X><StatusText>a</StatusText>').replace(
        '<WV-CSP-Message ',
        `<WV-CSP-Message xmlns:a="${vendor}" `,
      )
      expect(attributesIn(root)).toEqual(['StatusText=a'])
    })

    test('are told by the nearest declaration of the prefix, and that ends with its element', () => {
      const inner = `<a:X>1</a:X><a:Y xmlns:a="${namespaces['1.2'].presence}">2</a:Y><a:Z>3</a:Z>`
      expect(attributesIn(presence(inner, `xmlns:a="${vendor}"`))).toEqual(['Y=2'])
      const outer = `<a:X>1</a:X><a:Y xmlns:a="${vendor}">2</a:Y><a:Z>3</a:Z>`
      expect(attributesIn(presence(outer, `xmlns:a="${namespaces['1.2'].presence}"`))).toEqual(['X=1', 'Z=3'])
    })

    test('leave an element empty that had nothing else', () => {
      expect(attributesIn(presence(`<X xmlns="${vendor}"/>`))).toEqual([])
      const primitive = primitiveOf(presence(`<StatusText> <a:X xmlns:a="${vendor}">1</a:X> </StatusText>`))
      expect(primitive.find('PresenceSubList', 'StatusText')!.text).toBeUndefined()
    })

    test.each([
      namespaces['1.1'].presence,
      namespaces['1.2'].transaction,
      namespaces['1.3'].presence,
      'http://www.openmobilealliance.org/WV-PA1.2',
      'HTTP://WWW.OPENMOBILEALLIANCE.ORG/dtd/imps',
      'http://www.wireless-village.org/',
      'http://example.com/pa1.1',
      ' http://example.com/WV-TRC1.2/ ',
      'CSP1.3',
      '',
    ])('are not those of IMPS, liberally spelt: "%s"', (address) => {
      expect(attributesIn(presence(`<StatusText xmlns="${address}">a</StatusText>`))).toEqual(['StatusText=a'])
      expect(attributesIn(presence(`<p:StatusText xmlns:p="${address}">a</p:StatusText>`))).toEqual(['StatusText=a'])
    })

    test.each([
      vendor,
      'http://example.com/PA',
      'http://example.com/PA1.2/extensions',
      'http://www.w3.org/2001/XMLSchema-instance',
      'urn:x',
      `http://example.com/${'x'.repeat(300)}PA1.2`,
    ])('are those of any other address: "%s"', (address) => {
      expect(attributesIn(presence(`<StatusText xmlns="${address}">a</StatusText>`))).toEqual([])
      expect(attributesIn(presence(`<p:StatusText xmlns:p="${address}">a</p:StatusText>`))).toEqual([])
    })

    test('are not those with a prefix that nothing declares, or beside declarations that they do not use', () => {
      expect(attributesIn(presence('<a:StatusText>a</a:StatusText>'))).toEqual(['StatusText=a'])
      const unused = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="${vendor}"`
      expect(attributesIn(presence(`<StatusText ${unused}>a</StatusText>`, unused))).toEqual(['StatusText=a'])
      const declared = `xmlns:p="${namespaces['1.2'].presence}" xmlns="${vendor}"`
      expect(attributesIn(presence(`<p:StatusText ${declared}>a</p:StatusText>`))).toEqual(['StatusText=a'])
    })

    test('are not those of the envelope, whose names alone count', () => {
      const xml = holding('<Polling-Request/>').replaceAll(
        /<(Session|Transaction|TransactionDescriptor|TransactionMode|TransactionID|TransactionContent|Polling-Request)( xmlns="[^"]*")?(?=[/>])/g,
        `<$1 xmlns="${vendor}"`,
      )
      expect(said(decoded(xml)).transactions).toEqual([
        { mode: 'Request', id: '7', primitive: ['Polling-Request', ''] },
      ])
    })

    test('are told without effort out of proportion', () => {
      const prefixes = Array.from({ length: 6_000 }, (_, at) => `xmlns:p${at}="${vendor}"`).join(' ')
      for (const hostile of [
        presence('<a:x/>'.repeat(18_000), `xmlns:a="http://example.com/${'PA1.'.repeat(30_000)}"`),
        presence('<p5999:x/>'.repeat(6_000), prefixes),
        presence('<q:x/>'.repeat(6_000), prefixes),
      ]) {
        const before = process.cpuUsage()
        refusal(hostile)
        const { user, system } = process.cpuUsage(before)
        expect((user + system) / 1e6).toBeLessThan(3)
      }
    })
  })

  test('UTF-16 says by its first bytes what it is, whatever the declaration says', () => {
    const xml = `<?xml version="1.0" encoding="utf-16"?>${holding('<X>é€</X>')}`
    const little = Buffer.from(`\ufeff${xml}`, 'utf16le')
    const big = Buffer.from(little).swap16()
    for (const body of [little, big]) expect(primitiveOf(body).text).toBe('é€')
  })

  test('two requests in one TransactionContent are none', () => {
    expect(primitiveOf(holding('<GetList-Request/><DeleteList-Request/>')).name).toBe('')
    expect(primitiveOf(holding('<GetList-Request/><X/>')).name).toBe('GetList-Request')
  })

  test('COMPAT(Nokia S60): BlockUser-Request is BlockEntity-Request', () => {
    const blockList = '<BlockList><InUse>T</InUse></BlockList>'
    expect(outline(primitiveOf(holding(`<BlockUser-Request>${blockList}</BlockUser-Request>`)))).toEqual([
      'BlockEntity-Request',
      [['BlockList', [['InUse', 'T']]]],
    ])
  })

  test('other encodings of the characters are read as declared', () => {
    const xml = holding('<X>é</X>').replace(/^/, '<?xml version="1.0" encoding="ISO-8859-1"?>')
    expect((decodeXml(Buffer.from(xml, 'latin1')) as SessionMessage).transactions[0]!.primitive.rawText).toBe('é')
  })

  test('spaces around a value do not count, those of a password do', () => {
    const primitive = primitiveOf(
      holding('<Login-Request><UserID>\n wv:ann\n</UserID><Password> pw </Password></Login-Request>'),
    )
    expect(primitive.textOf('UserID')).toBe('wv:ann')
    expect(primitive.child('Password')!.rawText).toBe(' pw ')
  })
})

describe('on sending', () => {
  const send = (primitive: Element, version: Version, poll?: boolean) =>
    encoded({
      kind: 'session',
      version,
      session: { type: 'Outband' },
      transactions: [{ mode: 'Response', id: '7', primitive }],
      ...(poll !== undefined && { poll }),
    })

  test('children come in the order of the reference, without those that the version does not have', () => {
    const primitive = element('Login-Response', {
      KeepAliveTime: 60,
      UserID: 'wv:ann',
      Result: { Description: 'fine', Code: 200 },
      ClientID: { URL: 'x' },
    })
    expect(send(primitive, '1.1')).toContain(
      '<Login-Response><ClientID><URL>x</URL></ClientID><Result><Code>200</Code><Description>fine</Description></Result><KeepAliveTime>60</KeepAliveTime></Login-Response>',
    )
    expect(send(primitive, '1.3')).toContain('<Login-Response><UserID>wv:ann</UserID><ClientID>')
  })

  test('& and < are escaped, > is left alone but for ]]> (clients.md 10)', () => {
    expect(send(element('NewMessage', { ContentData: 'a>b && <b> ]]>' }), '1.2')).toContain(
      '<ContentData>a>b &amp;&amp; &lt;b> ]]&gt;</ContentData>',
    )
  })

  test('the Poll flag stands in the TransactionDescriptor in 1.1 and at the end of the Session later', () => {
    expect(send(new Element('Status'), '1.1', true)).toContain(
      '<TransactionID>7</TransactionID><Poll>T</Poll></TransactionDescriptor>',
    )
    expect(send(new Element('Status'), '1.2', true)).toContain('</Transaction><Poll>T</Poll></Session>')
  })

  test('PresenceSubList states its namespace', () => {
    const primitive = new Element('Presence', [new Element('PresenceSubList', [new Element('OnlineStatus')])])
    expect(send(primitive, '1.2')).toContain(
      `<PresenceSubList xmlns="${namespaces['1.2'].presence}"><OnlineStatus/></PresenceSubList>`,
    )
  })

  test('characters that XML does not have are left out', () => {
    expect(send(element('NewMessage', { ContentData: 'a\u0001b\uD800c\rd' }), '1.2')).toContain(
      '<ContentData>abc&#13;d</ContentData>',
    )
  })
})
