import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CspError } from '../../src/csp/cspError.ts'
import { type ContentTree, type Element, element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { type Version, versions } from '../../src/csp/versions.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { encodeXml } from '../../src/csp/xml/encode.ts'
import { presenceAttributes } from '../../src/presence/attributes.ts'
import { type PresenceValue, parseValues } from '../../src/presence/values.ts'
import { anyList, stating } from './arbitraries.ts'

const enough = 100_000

/** What a PresenceSubList says, as plain data. */
const said = (content: ContentTree, version: Version = '1.3', maxBytes = enough) =>
  Object.fromEntries(parseValues(element('PresenceSubList', content), version, maxBytes))
const value = (attribute: string, content: ContentTree) => said({ [attribute]: content })[attribute]

function refusal(content: ContentTree, version: Version = '1.3', maxBytes = enough): string {
  try {
    said(content, version, maxBytes)
  } catch (error) {
    if (error instanceof CspError) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

/** The PresenceSubList as it arrives after it was sent. */
function received(values: ReadonlyMap<string, PresenceValue>, version: Version): Element {
  const subList = Object.fromEntries(values)
  const primitive = element('PresenceNotification-Request', {
    Presence: { UserID: 'wv:ann@example.org', PresenceSubList: subList },
  })
  const bytes = encodeXml({
    kind: 'session',
    version,
    session: { type: 'Inband', id: 's' },
    transactions: [{ mode: 'Request', id: '1', primitive }],
  })
  const message = decodeXml(bytes) as SessionMessage
  return message.transactions[0]!.primitive.find('Presence', 'PresenceSubList')!
}

/** Every attribute with every child, as a client might write it, and as it is stored (absent: alike). */
const examples: readonly [attribute: string, written: ContentTree, stored?: PresenceValue][] = [
  ['OnlineStatus', { PresenceValue: 'T' }],
  ['Registration', { PresenceValue: ' f ' }, { PresenceValue: 'F' }],
  [
    'ClientInfo',
    {
      ClientContentLimit: {
        AcceptedContentType: [
          { ContentType: 'text/plain', ContentPolicy: 'N' },
          { ContentType: 'image/png', AcceptedRichContentLength: 2000, ContentPolicyLimit: 3000 },
        ],
        AnyContent: 'f',
        AcceptedTextContentLength: 400,
        AcceptedTransferEncoding: ['BASE64', 'None'],
        MaxPullLength: 5000,
        MaxPushLength: 6000,
        PlainTextCharset: ['106'],
      },
      ClientType: 'mobile_phone',
      DevManufacturer: 'Acme',
      ClientProducer: 'Bell & Co',
      Model: 'A 1',
      ClientVersion: '2.0',
      Language: 'deu',
      ClientIMPriority: '7',
      ApplicationID: 'chess',
    },
    {
      ClientContentLimit: {
        AcceptedContentType: [
          { ContentType: 'text/plain', ContentPolicy: 'N' },
          { ContentType: 'image/png', AcceptedRichContentLength: '2000', ContentPolicyLimit: '3000' },
        ],
        AnyContent: 'F',
        AcceptedTextContentLength: '400',
        AcceptedTransferEncoding: ['BASE64', 'None'],
        MaxPullLength: '5000',
        MaxPushLength: '6000',
        PlainTextCharset: ['106'],
      },
      ClientType: 'MOBILE_PHONE',
      DevManufacturer: 'Acme',
      ClientProducer: 'Bell & Co',
      Model: 'A 1',
      ClientVersion: '2.0',
      Language: 'deu',
      ClientIMPriority: '7',
      ApplicationID: 'chess',
    },
  ],
  ['TimeZone', { Zone: '+01' }],
  ['GeoLocation', { Longitude: '13 24 36.0E', Latitude: '52°31\'12"N', Altitude: '-34.5', Accuracy: '50' }],
  [
    'Address',
    {
      Country: 'DE',
      City: 'Köln',
      Street: 'Ring 3',
      Crossing1: 'a',
      Crossing2: 'b',
      Building: '1',
      NamedArea: 'Dom',
      Accuracy: '10',
    },
  ],
  ['FreeTextLocation', { PresenceValue: '\n in  the\tgarden ' }, { PresenceValue: 'in  the\tgarden' }],
  ['PLMN', { PresenceValue: '26201' }],
  [
    'CommCap',
    {
      CommC: [
        { Cap: 'call', Status: 'closed', Contact: '+49221000', Note: 'not now' },
        { Cap: 'IM', Status: 'OPEN' },
      ],
    },
    {
      CommC: [
        { Cap: 'CALL', Status: 'CLOSED', Contact: '+49221000', Note: 'not now' },
        { Cap: 'IM', Status: 'OPEN' },
      ],
    },
  ],
  ['UserAvailability', { PresenceValue: 'Discreet' }, { PresenceValue: 'DISCREET' }],
  [
    'PreferredContacts',
    {
      AddrPref: [
        { PrefC: 'SMS', Caddr: '+49221000', Cstatus: 'open', Cname: 'Desk', Cpriority: 3 },
        { PrefC: 'email', Caddr: 'ann@example.org' },
      ],
    },
    {
      AddrPref: [
        { PrefC: 'SMS', Caddr: '+49221000', Cstatus: 'OPEN', Cname: 'Desk', Cpriority: '3' },
        { PrefC: 'EMAIL', Caddr: 'ann@example.org' },
      ],
    },
  ],
  ['PreferredLanguage', { PresenceValue: 'pt-BR' }],
  ['StatusText', { PresenceValue: 'a < b & c' }],
  ['StatusMood', { PresenceValue: 'in_love' }, { PresenceValue: 'IN_LOVE' }],
  ['Alias', { PresenceValue: 'Ann 😀' }],
  [
    'StatusContent',
    { DirectContent: 'AAEC\n Aw==', ContentType: 'image/png' },
    { DirectContent: 'AAECAw==', ContentType: 'image/png' },
  ],
  ['StatusContent', { ReferredContent: 'http://example.org/a.png', ContentType: 'image/png' }],
  ['ContactInfo', { ContainedvCard: 'BEGIN:VCARD\nFN:Ann\nEND:VCARD' }],
  ['ContactInfo', { ReferredvCard: 'http://example.org/ann.vcf' }],
  [
    'InfoLink',
    {
      Inf_link: [
        { Link: 'http://example.org/?a=1&b=2', Text: 'Home', ContentType: 'text/html' },
        { Link: 'http://b.example.org' },
      ],
    },
  ],
]

describe('a value', () => {
  test.each(examples)('of %s is stored in the spelling of the reference: %j', (attribute, written, stored) => {
    expect(value(attribute, { Qualifier: 'T', ...written })).toEqual({ Qualifier: 'T', ...(stored ?? written) })
  })

  test('examples: there are some of every attribute', () => {
    expect(new Set(examples.map(([attribute]) => attribute))).toEqual(
      new Set(presenceAttributes.map(({ name }) => name)),
    )
  })

  test.each(['+2', '+02', '-0330', '+05:30', '+1400'])('of TimeZone may be %s', (Zone) => {
    expect(value('TimeZone', { Zone })).toEqual({ Qualifier: 'T', Zone })
  })

  test.each([
    'CALL',
    'SMS',
    'MMS',
    'IM',
    'EMAIL',
    'AUDIO_CALL',
    'VIDEO_CALL',
    'VIDEO_STREAM',
    'IM_ONLINE',
    'IM_OFFLINE',
  ])('of CommCap and PreferredContacts may be of %s', (Cap) => {
    expect(value('CommCap', { CommC: { Cap, Status: 'OPEN' } })).toBeDefined()
    expect(value('PreferredContacts', { AddrPref: { PrefC: Cap, Caddr: 'a' } })).toBeDefined()
  })

  test.each([
    ['ClientInfo', 'ClientType', ['MOBILE_PHONE', 'COMPUTER', 'PDA', 'CLI', 'OTHER']],
    ['UserAvailability', 'PresenceValue', ['AVAILABLE', 'NOT_AVAILABLE', 'DISCREET']],
    [
      'StatusMood',
      'PresenceValue',
      'HAPPY SAD ANGRY JEALOUS ASHAMED INVINCIBLE IN_LOVE SLEEPY BORED EXCITED ANXIOUS'.split(' '),
    ],
    ['PreferredLanguage', 'PresenceValue', ['fi', 'fin', 'en-GB', 'es_419']],
    ['Address', 'Country', ['FI', 'fin']],
  ])('of %s: %s may be one of %j', (attribute, child, known) => {
    for (const one of known) expect(value(attribute, { [child]: one })).toEqual({ Qualifier: 'T', [child]: one })
  })

  test('without Qualifier, or with an empty one, holds', () => {
    expect(value('Alias', { PresenceValue: 'Ann' })).toEqual({ Qualifier: 'T', PresenceValue: 'Ann' })
    expect(value('Alias', { Qualifier: '', PresenceValue: 'Ann' })).toEqual({ Qualifier: 'T', PresenceValue: 'Ann' })
    expect(value('Alias', { Qualifier: ' t', PresenceValue: 'Ann' })).toEqual({ Qualifier: 'T', PresenceValue: 'Ann' })
  })

  test('with Qualifier F is withdrawn, and nothing else is looked at', () => {
    expect(value('StatusMood', { Qualifier: 'f', PresenceValue: 'no mood' })).toEqual({ Qualifier: 'F' })
    expect(value('CommCap', { Qualifier: 'F' })).toEqual({ Qualifier: 'F' })
  })

  test.each(['FreeTextLocation', 'PLMN', 'StatusText', 'Alias'])('of %s can be cleared', (name) => {
    expect(value(name, { Qualifier: 'T', PresenceValue: '' })).toEqual({ Qualifier: 'T', PresenceValue: '' })
    expect(value(name, { PresenceValue: ' \n' })).toEqual({ Qualifier: 'T', PresenceValue: '' })
  })

  test.each([
    ...presenceAttributes.map(({ name }): [string, ContentTree] => [name, { Qualifier: 'T' }]),
    ...presenceAttributes.map(({ name }): [string, ContentTree] => [
      name,
      { Qualifier: 'T', Vendor: 'x', ClientID: 'y' },
    ]),
    ...['OnlineStatus', 'Registration', 'UserAvailability', 'PreferredLanguage', 'StatusMood'].map(
      (name): [string, ContentTree] => [name, { PresenceValue: '' }],
    ),
    ['ClientInfo', { Model: '', Language: ' ' }],
    ['TimeZone', { Zone: '' }],
    ['CommCap', { CommC: '' }],
    ['PreferredContacts', { AddrPref: '' }],
    ['InfoLink', { Inf_link: ['', ''] }],
    ['StatusContent', { DirectContent: '', ContentType: 'image/png' }],
    ['ContactInfo', { ContainedvCard: '' }],
  ])('of %s that says nothing is left out: %j', (name, content) => {
    expect(said({ [name]: content })).toEqual({})
  })

  test('that is an empty element, or text alone, says nothing', () => {
    expect(said({ OnlineStatus: '', Alias: 'Ann', StatusText: { Qualifier: 'T' } })).toEqual({})
  })

  test('is not changed by what else stands in its attribute: extensions and ClientIDs', () => {
    const content = { PresenceValue: 'T', ClientTypeDetail: { Qualifier: 'F' }, ClientID: { URL: 'a' } }
    expect(value('OnlineStatus', content)).toEqual({ Qualifier: 'T', PresenceValue: 'T' })
    const CommC = { Cap: 'IM', Status: 'OPEN', Vendor: 'x' }
    expect(value('CommCap', { CommC })).toEqual({ Qualifier: 'T', CommC: [{ Cap: 'IM', Status: 'OPEN' }] })
  })

  test('has no empty optional children: they confuse phones', () => {
    const written = {
      CommCap: { CommC: { Cap: 'IM', Status: 'OPEN', Contact: '', Note: ' ' } },
      PreferredContacts: { AddrPref: { PrefC: 'IM', Caddr: 'a', Cstatus: '', Cname: '', Cpriority: '' } },
      InfoLink: { Inf_link: { Link: 'a', Text: '', ContentType: '' } },
    }
    expect(said(written)).toEqual({
      CommCap: { Qualifier: 'T', CommC: [{ Cap: 'IM', Status: 'OPEN' }] },
      PreferredContacts: { Qualifier: 'T', AddrPref: [{ PrefC: 'IM', Caddr: 'a' }] },
      InfoLink: { Qualifier: 'T', Inf_link: [{ Link: 'a' }] },
    })
  })

  test('has one of two alternatives', () => {
    const both = { ReferredContent: 'http://example.org/a', DirectContent: 'AAEC', ContentType: 'image/gif' }
    expect(value('StatusContent', both)).toEqual({ Qualifier: 'T', DirectContent: 'AAEC', ContentType: 'image/gif' })
    const cards = { ReferredvCard: 'http://example.org/a', ContainedvCard: 'BEGIN:VCARD' }
    expect(value('ContactInfo', cards)).toEqual({ Qualifier: 'T', ContainedvCard: 'BEGIN:VCARD' })
    const card = { ReferredvCard: 'http://example.org/a', ContainedvCard: '' }
    expect(value('ContactInfo', card)).toEqual({ Qualifier: 'T', ReferredvCard: 'http://example.org/a' })
  })

  test('may be written with the names of older clients', () => {
    const AddrPref = { PrefC: 'IM', Caddr: 'a', CName: 'Desk' }
    expect(value('PreferredContacts', { AddrPref })).toEqual({
      Qualifier: 'T',
      AddrPref: [{ PrefC: 'IM', Caddr: 'a', Cname: 'Desk' }],
    })
    expect(value('StatusContent', { PreferredContent: 'http://example.org/a' })).toEqual({
      Qualifier: 'T',
      ReferredContent: 'http://example.org/a',
    })
    expect(value('ContactInfo', { PreferredvCard: 'http://example.org/a' })).toEqual({
      Qualifier: 'T',
      ReferredvCard: 'http://example.org/a',
    })
  })
})

describe('an attribute that stands there several times', () => {
  test('has the value that comes last', () => {
    const twice = [{ PresenceValue: 'a' }, { PresenceValue: 'b' }]
    expect(said({ StatusText: twice })).toEqual({ StatusText: { Qualifier: 'T', PresenceValue: 'b' } })
    expect(said({ StatusText: [...twice, { Qualifier: 'F' }] })).toEqual({ StatusText: { Qualifier: 'F' } })
  })

  test('keeps it when the last says nothing', () => {
    const content = { StatusText: [{ PresenceValue: 'a' }, { Qualifier: 'T' }] }
    expect(said(content)).toEqual({ StatusText: { Qualifier: 'T', PresenceValue: 'a' } })
  })

  test('is looked at each time', () => {
    expect(refusal({ StatusMood: [{ PresenceValue: 'x' }, { PresenceValue: 'SAD' }] })).toMatch(/^751/)
  })
})

describe('refused are', () => {
  test('attributes that the version does not know, by name (750)', () => {
    expect(refusal({ Alias: { PresenceValue: 'Ann' }, Weather: { PresenceValue: 'rain' } })).toMatch(/^750.*Weather/)
    expect(refusal({ InfoLink: { Qualifier: 'F' } }, '1.1')).toMatch(/^750.*InfoLink/)
    expect(refusal({ InfoLink: { Qualifier: 'F' } }, '1.2')).toBe('accepted')
  })

  test.each<[string, ContentTree, string]>([
    ['OnlineStatus', { PresenceValue: 'yes' }, 'PresenceValue of OnlineStatus'],
    ['OnlineStatus', { Qualifier: 'yes', PresenceValue: 'T' }, 'Qualifier of OnlineStatus'],
    ['Registration', { PresenceValue: 'TRUE' }, 'PresenceValue of Registration'],
    ['ClientInfo', { ClientType: 'TELEX' }, 'ClientType of ClientInfo'],
    ['ClientInfo', { Language: 'english' }, 'Language of ClientInfo'],
    ['ClientInfo', { ClientIMPriority: 'high' }, 'ClientIMPriority of ClientInfo'],
    ['ClientInfo', { ClientContentLimit: { AnyContent: 'maybe' } }, 'AnyContent of ClientContentLimit'],
    ['ClientInfo', { ClientContentLimit: { MaxPullLength: '1k' } }, 'MaxPullLength of ClientContentLimit'],
    ['ClientInfo', { ClientContentLimit: { AcceptedContentType: { ContentPolicy: 'N' } } }, 'AcceptedContentType has'],
    ['ClientInfo', { ClientContentLimit: { AcceptedContentType: 'text/x' } }, 'AcceptedContentType has'],
    ['TimeZone', { Zone: 'CET' }, 'Zone of TimeZone'],
    ['TimeZone', { Zone: '02' }, 'Zone of TimeZone'],
    ['TimeZone', { Zone: '+15' }, 'Zone of TimeZone'],
    ['TimeZone', { Zone: '+02:60' }, 'Zone of TimeZone'],
    ['GeoLocation', { Longitude: 'far away' }, 'Longitude of GeoLocation'],
    ['GeoLocation', { Latitude: 'N' }, 'Latitude of GeoLocation'],
    ['GeoLocation', { Altitude: 'high' }, 'Altitude of GeoLocation'],
    ['GeoLocation', { Accuracy: '5 km' }, 'Accuracy of GeoLocation'],
    ['GeoLocation', { Accuracy: '1'.repeat(33) }, 'Accuracy of GeoLocation'],
    ['Address', { Country: 'Germany' }, 'Country of Address'],
    ['Address', { Accuracy: 'street' }, 'Accuracy of Address'],
    ['CommCap', { CommC: { Cap: 'FAX', Status: 'OPEN' } }, 'Cap of CommC'],
    ['CommCap', { CommC: { Cap: 'IM', Status: 'T' } }, 'Status of CommC'],
    ['CommCap', { CommC: { Cap: 'IM' } }, 'CommC has no Status'],
    ['CommCap', { CommC: [{ Cap: 'IM', Status: 'OPEN' }, { Status: 'OPEN' }] }, 'CommC has no Cap'],
    ['CommCap', { CommC: 'IM' }, 'CommC has no Cap'],
    ['UserAvailability', { PresenceValue: 'AWAY' }, 'PresenceValue of UserAvailability'],
    ['PreferredContacts', { AddrPref: { PrefC: 'FAX', Caddr: 'a' } }, 'PrefC of AddrPref'],
    ['PreferredContacts', { AddrPref: { Caddr: 'a' } }, 'AddrPref has no PrefC'],
    ['PreferredContacts', { AddrPref: { PrefC: 'IM', Caddr: '' } }, 'AddrPref has no Caddr'],
    ['PreferredContacts', { AddrPref: { PrefC: 'IM', Caddr: 'a', Cstatus: 'T' } }, 'Cstatus of AddrPref'],
    ['PreferredContacts', { AddrPref: { PrefC: 'IM', Caddr: 'a', Cpriority: '1.5' } }, 'Cpriority of AddrPref'],
    ['PreferredLanguage', { PresenceValue: 'Finnish' }, 'PresenceValue of PreferredLanguage'],
    ['StatusMood', { PresenceValue: 'OKAY' }, 'PresenceValue of StatusMood'],
    ['StatusText', { PresenceValue: { PresenceValue: 'a' } }, 'PresenceValue of StatusText'],
    ['StatusContent', { DirectContent: 'no base 64!' }, 'DirectContent of StatusContent'],
    ['StatusContent', { DirectContent: 'AAECA' }, 'DirectContent of StatusContent'],
    ['InfoLink', { Inf_link: { Text: 'Home' } }, 'Inf_link has no Link'],
  ])('values that are none of their kind, by the name of the element (751): %s %j', (name, content, told) => {
    expect(refusal({ Alias: { PresenceValue: 'Ann' }, [name]: content })).toMatch(new RegExp(`^751 ${told}`))
  })

  test('by name only: what was in them is not told', () => {
    expect(refusal({ StatusMood: { PresenceValue: 'secret' } })).not.toContain('secret')
    expect(refusal({ StatusMood: { Qualifier: 'secret' } })).not.toContain('secret')
    expect(refusal({ CommCap: { CommC: { Cap: 'secret', Status: 'OPEN' } } })).not.toContain('secret')
  })

  test('values that are too large, in bytes of UTF-8', () => {
    const stored = Buffer.byteLength('{"Qualifier":"T","PresenceValue":"éé"}')
    const content = { Alias: { PresenceValue: 'éé' }, StatusMood: { PresenceValue: 'SAD' } }
    expect(refusal(content, '1.2', stored)).toBe('accepted')
    expect(refusal(content, '1.2', stored - 1)).toMatch(new RegExp(`^751 .*Alias.*${stored - 1}`))
  })
})

describe('what is stored', () => {
  const roundTrip = (list: Element, version: Version) => {
    const values = parseValues(list, version, enough)
    expect(new Map(Object.entries(JSON.parse(JSON.stringify(Object.fromEntries(values)))))).toEqual(values)
    expect(parseValues(received(values, version), version, enough)).toEqual(values)
    return values
  }

  test.each(versions)('is the same after it was sent in %s and published again', (version) => {
    fc.assert(
      fc.property(stating(version), ({ list, stated }) => {
        expect([...roundTrip(list, version).keys()].sort()).toEqual([...stated].sort())
      }),
      { numRuns: 300 },
    )
  })

  test('is so of anything that is not refused', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        try {
          roundTrip(list, '1.3')
        } catch (error) {
          if (!(error instanceof CspError)) throw error
          expect([750, 751]).toContain(error.code)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('is sent to older versions without what they do not know', () => {
    const values = parseValues(
      element('PresenceSubList', {
        ClientInfo: { Model: 'A', ApplicationID: 'b' },
        InfoLink: { Inf_link: { Link: 'c' } },
      }),
      '1.3',
      enough,
    )
    const names = (version: Version) => received(values, version).children.map(({ name }) => name)
    expect(names('1.1')).toEqual(['ClientInfo'])
    expect(names('1.2')).toEqual(['ClientInfo', 'InfoLink'])
    expect(
      received(values, '1.2')
        .child('ClientInfo')!
        .children.map(({ name }) => name),
    ).toEqual(['Qualifier', 'Model'])
  })
})
