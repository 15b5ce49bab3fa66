import fc from 'fast-check'
import { type Content, type Element, element } from '../../src/csp/element.ts'
import type { SessionMessage, Transaction } from '../../src/csp/message.ts'
import type { Version } from '../../src/csp/versions.ts'
import { text, version } from './arbitraries.ts'

type Shape = Readonly<Record<string, fc.Arbitrary<Content | readonly Content[]>>>

/** Text that names something: any Unicode, not empty, without white space around it. */
const name = text.map((one) => one.trim()).filter((one) => one !== '')
/** Text that counts with its white space, and the characters that want quotes. */
const free = fc
  .string({ unit: fc.constantFrom(...'ab ",()=&\n\t\u00e4\u{1F600}'), minLength: 1, maxLength: 12 })
  .filter((one) => one !== '')
const whole = fc.nat().map(String)
const flag = fc.constantFrom('T', 'F')
const many = <Value>(one: fc.Arbitrary<Value>) => fc.array(one, { maxLength: 3 })
const some = <Value>(one: fc.Arbitrary<Value>) => fc.array(one, { minLength: 1, maxLength: 3 })

/** Children in this order, each of which may be missing. */
const tree = (shape: Shape): fc.Arbitrary<Content> =>
  fc.record(
    Object.fromEntries(Object.entries(shape).map(([child, one]) => [child, fc.option(one, { nil: undefined })])),
  ) as fc.Arbitrary<Content>
/** Children in this order, all of them there. */
const full = (shape: Shape): fc.Arbitrary<Content> => fc.record(shape) as fc.Arbitrary<Content>

const result = tree({ Description: name }).chain((rest) =>
  whole.map((Code): Content => ({ Code, ...(rest as Record<string, Content>) })),
)
const clientId = fc.oneof(full({ URL: name }), full({ MSISDN: name }), full({ URL: name, MSISDN: name }))
const nickList = full({ NickName: some(full({ Name: fc.oneof(name, fc.constant('')), UserID: name })) })
const properties = full({
  Property: some(full({ Name: fc.constantFrom('DisplayName', 'Default'), Value: fc.oneof(free, fc.constant('')) })),
})
const features = fc.oneof(
  fc.constant<Content>({ WVCSPFeat: '' }),
  fc
    .subarray(['FundamentalFeat', 'PresenceFeat', 'IMFeat', 'GroupFeat'], { minLength: 1 })
    .map((found): Content => ({ WVCSPFeat: Object.fromEntries(found.map((one) => [one, ''])) })),
)
const clientType = fc.constantFrom('MOBILE_PHONE', 'COMPUTER', 'PDA', 'CLI', 'OTHER')
const bearers = many(fc.constantFrom('SMS', 'WSP', 'HTTP', 'HTTPS'))
const cirMethods = many(fc.constantFrom('SSMS', 'STCP', 'SUDP', 'WAPSMS', 'WAPUDP', 'SHTTP'))
const offered: Readonly<Record<Version, fc.Arbitrary<Content>>> = {
  '1.1': tree({
    ...{ ClientType: clientType, InitialDeliveryMethod: fc.constantFrom('P', 'N'), SupportedBearer: bearers },
    ...{ MultiTrans: whole, ParserSize: whole, SupportedCIRMethod: cirMethods, UDPPort: whole, TCPAddress: name },
    ...{ TCPPort: whole, ServerPollMin: whole, DefaultLanguage: name },
  }),
  '1.2': tree({
    ...{ ClientType: clientType, SupportedBearer: bearers, ParserSize: whole, SupportedCIRMethod: cirMethods },
    ...{ UDPPort: whole, ServerPollMin: whole },
  }),
  '1.3': tree({
    ...{ ClientType: clientType, MultiTrans: whole, SupportedBearer: bearers, SupportedCIRMethod: cirMethods },
    ...{ TCPAddress: name, TCPPort: whole },
  }),
}
const agreed: Readonly<Record<Version, Shape>> = {
  '1.1': { CapabilityList: offered['1.1'] },
  '1.2': {
    AgreedCapabilityList: tree({
      ...{ SupportedBearer: bearers, SupportedCIRMethod: cirMethods, TCPAddress: name, TCPPort: whole },
      ...{ ServerPollMin: whole, CIRURL: full({ URL: name }) },
    }),
  },
  '1.3': {
    AgreedCapabilityList: tree({
      ...{ CIRHTTPAddress: full({ URL: name }), MultiTrans: whole, ServerPollMin: whole },
      ...{ SupportedCIRMethod: cirMethods, UDPPort: whole },
    }),
  },
}

const valued = (value: fc.Arbitrary<string>) =>
  fc.oneof(full({ Qualifier: flag, PresenceValue: value }), full({ PresenceValue: value }), withdrawn)
const withdrawn = fc.constant<Content>({ Qualifier: 'F' })
const values = tree({
  OnlineStatus: valued(flag),
  ClientInfo: fc.oneof(
    full({ Qualifier: flag, ClientType: clientType, ClientProducer: free, ClientVersion: free }),
    full({ ClientProducer: free }),
    withdrawn,
  ),
  UserAvailability: valued(fc.constantFrom('AVAILABLE', 'NOT_AVAILABLE', 'DISCREET')),
  StatusText: fc.oneof(valued(free), full({ Qualifier: fc.constant('T'), PresenceValue: fc.constant('') })),
  StatusContent: fc.oneof(full({ Qualifier: flag, ReferredContent: free, ContentType: free }), withdrawn),
}).filter((one) => Object.values(one as object).some((value) => value !== undefined))
const names = tree(
  Object.fromEntries(
    ['OnlineStatus', 'ClientInfo', 'UserAvailability', 'StatusText', 'StatusContent'].map((attribute) => [
      attribute,
      fc.constant(''),
    ]),
  ),
)
const presences = fc.oneof(full({ UserID: name }), full({ UserID: name, PresenceSubList: values }))

/** A list where there is anything in it: 1.3 wraps, and an empty wrapper says nothing. */
const users = (of: Version): Shape =>
  of === '1.3' ? { UserIDList: full({ UserID: some(name) }) } : { User: some(full({ UserID: name })) }
const lists = (of: Version): Shape =>
  of === '1.3' ? { ContactListIDList: full({ ContactList: some(name) }) } : { ContactList: some(name) }
const whole13 = <Some extends Shape>(of: Version, shape: Some): Shape => (of === '1.3' ? shape : {})

type Row = readonly [mode: Transaction['mode'], shape: Shape]

/** What plain text can carry of each primitive, in a version. */
export const carried = (of: Version): Readonly<Record<string, Row>> => {
  const client: Shape = of === '1.1' ? { ClientID: clientId } : {}
  return {
    'Login-Request': [
      'Request',
      {
        ...{ UserID: name, ClientID: clientId, Password: free, DigestBytes: name },
        DigestSchema: of === '1.1' ? name : many(name),
        ...{ TimeToLive: whole, SessionCookie: name },
        ...whole13(of, { Functions: features, CapabilityList: offered[of] }),
      },
    ],
    'Login-Response': [
      'Response',
      {
        ...whole13(of, { UserID: name }),
        ...{ ClientID: clientId, Result: result, Nonce: name, DigestSchema: name, SessionID: name },
        ...{ KeepAliveTime: whole, CapabilityRequest: flag },
        ...whole13(of, { Functions: features, ...agreed[of] }),
      },
    ],
    'ClientCapability-Request': ['Request', { ...client, CapabilityList: offered[of] }],
    'ClientCapability-Response': ['Response', { ...client, ...agreed[of] }],
    'Service-Request': ['Request', { ...client, Functions: features, AllFunctionsRequest: flag }],
    'Service-Response': ['Response', { ...client, Functions: features, AllFunctions: features }],
    'Logout-Request': ['Request', {}],
    Disconnect: ['Request', { Result: result }],
    'KeepAlive-Request': ['Request', { TimeToLive: whole }],
    'KeepAlive-Response': ['Response', { Result: result, KeepAliveTime: whole }],
    'Polling-Request': ['Request', {}],
    Status: ['Response', { Result: result, ClientID: clientId }],
    'GetList-Request': ['Request', {}],
    'GetList-Response': ['Response', { ...lists(of), DefaultContactList: name }],
    'CreateList-Request': ['Request', { ContactList: name, NickList: nickList, ContactListProperties: properties }],
    'DeleteList-Request': ['Request', { ContactList: name }],
    'ListManage-Request': [
      'Request',
      {
        ...{ ContactList: name, AddNickList: nickList, RemoveNickList: full({ UserID: some(name) }) },
        ContactListProperties: properties,
        ...(of === '1.1' ? {} : { ReceiveList: flag }),
      },
    ],
    'ListManage-Response': ['Response', { Result: result, NickList: nickList, ContactListProperties: properties }],
    'GetPresence-Request': ['Request', { ...users(of), ...lists(of), PresenceSubList: names }],
    'GetPresence-Response': ['Response', { Result: result, Presence: many(presences) }],
    'SubscribePresence-Request': [
      'Request',
      { ...users(of), ...lists(of), PresenceSubList: names, ...(of === '1.1' ? {} : { AutoSubscribe: flag }) },
    ],
    'PresenceNotification-Request': ['Request', { Presence: some(presences) }],
    'UpdatePresence-Request': ['Request', { PresenceSubList: values }],
    'GetBlockedList-Request': ['Request', {}],
    'CreateAttributeList-Request': [
      'Request',
      {
        PresenceSubList: names,
        ...(of === '1.3' ? users(of) : { UserID: some(name) }),
        ...{ ...lists(of), DefaultList: flag },
      },
    ],
  }
}

export const primitive = (of: Version, called: string): fc.Arbitrary<Element> =>
  tree(carried(of)[called]![1]).map((content) => element(called, content))

/** Any message that plain text can carry whole. */
export const ptsMessage: fc.Arbitrary<SessionMessage> = version.chain((of) => {
  const transaction = fc.constantFrom(...Object.keys(carried(of))).chain((called) =>
    fc.record({ id: fc.nat(999).map(String), primitive: primitive(of, called) }).map(
      ({ id, primitive }): Transaction => ({
        mode: carried(of)[called]![0],
        ...(called !== 'Polling-Request' && { id }),
        primitive,
      }),
    ),
  )
  return fc
    .record({ id: name, isInband: fc.boolean(), transactions: fc.array(transaction, { minLength: 1, maxLength: 3 }) })
    .map(({ id, isInband, transactions }): SessionMessage => {
      // A Login-Response has no room for the SessionID of the message.
      const isTold = isInband && transactions.some(({ primitive }) => primitive.name !== 'Login-Response')
      return {
        kind: 'session',
        version: of,
        session: isTold ? { type: 'Inband', id } : { type: 'Outband' },
        transactions,
      }
    })
})
