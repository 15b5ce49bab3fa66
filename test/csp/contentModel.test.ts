import { describe, expect, test } from 'vitest'
import { conform, contentModels } from '../../src/csp/contentModel.ts'
import { type ContentTree, Element, element } from '../../src/csp/element.ts'
import { type Version, versions } from '../../src/csp/versions.ts'

/** The element with the children of all levels the other way round. */
const reversed = (one: Element): Element =>
  one.children.length > 0 ? new Element(one.name, [...one.children].reverse().map(reversed)) : one

/** Names in order, what they hold in brackets: `Result(Code) NickList(NickName(Name UserID))`; `=` and a text. */
const outline = ({ name, children, rawText }: Element): string => {
  if (children.length > 0) return `${name}(${children.map(outline).join(' ')})`
  return rawText === '' ? name : `${name}=${rawText}`
}

/** What is sent of an element that states everything, in the wrong order. */
const sent = (name: string, content: ContentTree, version: Version) =>
  conform(reversed(element(name, content)), version)
    .children.map(outline)
    .join(' ')

const Result = { Code: '' }
const ClientID = { MSISDN: '', URL: '' }
const User = { UserID: '' }
const ContactList = ''
const ContactListIDList = { ContactList }
const UserIDList = { UserID: '' }
const PresenceSubList = { Alias: '', OnlineStatus: '' }
const NickName = { Name: '', UserID: '' }
const ContactListProperties = { Property: { Name: '', Value: '' } }
const nickNames = { NickName: [NickName, NickName], UserID: '' }
const entities = { UserID: '', ScreenName: { SName: '', GroupID: '' }, GroupID: '', ContactList, ApplicationID: '' }
const entities11 = 'UserID ScreenName(SName GroupID) GroupID'
const entities13 = `${entities11} ContactList ApplicationID`
const switched = { InUse: '', EntityList: entities, AddList: entities, RemoveList: entities }
const lists = (names: string) => `EntityList(${names}) AddList(${names}) RemoveList(${names})`
const blocking = { BlockList: switched, BlockListInUse: '', GrantList: switched, GrantListInUse: '' }
const blocking11 = `BlockList(InUse ${lists(entities11)}) GrantList(InUse ${lists(entities11)})`
const blocking13 = `BlockList(${lists(entities13)}) BlockListInUse GrantList(${lists(entities13)}) GrantListInUse`
const properties = 'ContactListProperties(Property(Name Value))'
const attributes = 'PresenceSubList(OnlineStatus Alias)'
const Presence = { UserID: '', UserNotify: '', ContactList, ContactListNotify: '', PresenceSubList }
const presence11 = `Presence(UserID ContactList ${attributes})`
const presence13 = `Presence(UserID UserNotify ContactList ContactListNotify ${attributes})`

/** By element: all it may ever hold, and what is sent of it in 1.1, 1.2 and 1.3. */
const cases: readonly [name: string, content: ContentTree, in11: string, in12: string, in13: string][] = [
  [
    'Status',
    {
      Result: {
        Code: '',
        Description: '',
        DetailedResult: {
          ...{ Code: '', Description: '', UserID: ['', ''], GroupID: '', ScreenName: { SName: '', GroupID: '' } },
          ...{ MessageID: '', ContactList, Domain: '' },
        },
      },
    },
    'Result(Code Description DetailedResult(Code Description UserID UserID GroupID ScreenName(SName GroupID)))',
    'Result(Code Description DetailedResult(Code Description UserID UserID GroupID ScreenName(SName GroupID) MessageID ContactList Domain))',
    'Result(Code Description DetailedResult(Code Description UserID UserID GroupID ScreenName(SName GroupID) MessageID ContactList Domain))',
  ],
  [
    'GetList-Response',
    { ContactList: ['', ''], ContactListIDList: { ContactList: ['', ''] }, DefaultContactList: '' },
    'ContactList ContactList DefaultContactList',
    'ContactList ContactList DefaultContactList',
    'ContactListIDList(ContactList ContactList) DefaultContactList',
  ],
  [
    'CreateList-Request',
    { ContactList, NickList: nickNames, ContactListProperties },
    ...same(`ContactList NickList(NickName(Name UserID) NickName(Name UserID) UserID) ${properties}`),
  ],
  ['DeleteList-Request', { ContactList, Result }, ...same('ContactList')],
  [
    'ListManage-Request',
    {
      ContactList,
      AddNickList: nickNames,
      RemoveNickList: { UserID: ['', ''] },
      ...{ ContactListProperties, ReceiveList: '', AuthorizeAndGrant: '' },
    },
    `ContactList AddNickList(NickName(Name UserID) NickName(Name UserID) UserID) RemoveNickList(UserID UserID) ${properties}`,
    `ContactList AddNickList(NickName(Name UserID) NickName(Name UserID) UserID) RemoveNickList(UserID UserID) ${properties} ReceiveList`,
    `ContactList AddNickList(NickName(Name UserID) NickName(Name UserID) UserID) RemoveNickList(UserID UserID) ${properties} ReceiveList AuthorizeAndGrant`,
  ],
  [
    'ListManage-Response',
    { Result, NickList: { NickName }, ContactListProperties },
    ...same(`Result(Code) NickList(NickName(Name UserID)) ${properties}`),
  ],
  [
    'CreateAttributeList-Request',
    {
      ...{ PresenceSubList, UserID: ['', ''], UserIDList, ContactList, ContactListIDList, DefaultList: '' },
      ...{ DefaultNotify: '', UserNotify: '', ContactListNotify: '' },
    },
    `${attributes} UserID UserID ContactList DefaultList`,
    `${attributes} UserID UserID ContactList DefaultList`,
    `${attributes} UserIDList(UserID) ContactListIDList(ContactList) DefaultList DefaultNotify UserNotify ContactListNotify`,
  ],
  [
    'DeleteAttributeList-Request',
    { UserID: '', UserIDList, ContactList, ContactListIDList, DefaultList: '' },
    'UserID ContactList DefaultList',
    'UserID ContactList DefaultList',
    'UserIDList(UserID) ContactListIDList(ContactList) DefaultList',
  ],
  [
    'GetAttributeList-Request',
    { DefaultList: '', ContactList, ContactListIDList, User, UserIDList },
    'DefaultList ContactList User(UserID)',
    'DefaultList ContactList User(UserID)',
    'DefaultList ContactListIDList(ContactList) UserIDList(UserID)',
  ],
  [
    'GetAttributeList-Response',
    { Result, DefaultAttributeList: { DefaultNotify: '', PresenceSubList }, Presence: [Presence, Presence] },
    `Result(Code) DefaultAttributeList(${attributes}) ${presence11} ${presence11}`,
    `Result(Code) DefaultAttributeList(${attributes}) ${presence11} ${presence11}`,
    `Result(Code) DefaultAttributeList(DefaultNotify ${attributes}) ${presence13} ${presence13}`,
  ],
  [
    'SubscribePresence-Request',
    { User: [User, User], UserIDList, ContactList, ContactListIDList, PresenceSubList, AutoSubscribe: '' },
    `User(UserID) User(UserID) ContactList ${attributes}`,
    `User(UserID) User(UserID) ContactList ${attributes} AutoSubscribe`,
    `UserIDList(UserID) ContactListIDList(ContactList) ${attributes} AutoSubscribe`,
  ],
  [
    'UnsubscribePresence-Request',
    { User, UserIDList, ContactList, ContactListIDList },
    'User(UserID) ContactList',
    'User(UserID) ContactList',
    'UserIDList(UserID) ContactListIDList(ContactList)',
  ],
  ['PresenceNotification-Request', { Presence: [Presence, Presence] }, ...pairs(presence11, presence13)],
  [
    'GetPresence-Request',
    { User, UserIDList, ContactList, ContactListIDList, PresenceSubList },
    `User(UserID) ContactList ${attributes}`,
    `User(UserID) ContactList ${attributes}`,
    `UserIDList(UserID) ContactListIDList(ContactList) ${attributes}`,
  ],
  [
    'GetPresence-Response',
    { Result, Presence },
    `Result(Code) ${presence11}`,
    `Result(Code) ${presence11}`,
    `Result(Code) ${presence13}`,
  ],
  ['UpdatePresence-Request', { PresenceSubList, UserID: '' }, ...same(attributes)],
  [
    'GetWatcherList-Response',
    {
      HistoryPeriod: '',
      WatcherCount: '',
      Watcher: [
        { User, UserID: '', FriendlyName: '', WatcherStatus: '' },
        { User, UserID: '', WatcherStatus: '' },
      ],
      User: [User, User],
    },
    'User(UserID) User(UserID)',
    'HistoryPeriod Watcher(User(UserID) WatcherStatus) Watcher(User(UserID) WatcherStatus)',
    'HistoryPeriod WatcherCount Watcher(UserID WatcherStatus) Watcher(UserID FriendlyName WatcherStatus)',
  ],
  ['PresenceAuth-Request', { UserID: '', PresenceSubList }, ...same(`UserID ${attributes}`)],
  [
    'PresenceAuth-User',
    { UserID: '', Acceptance: '', PresenceSubList },
    'UserID Acceptance',
    `UserID Acceptance ${attributes}`,
    `UserID Acceptance ${attributes}`,
  ],
  ['CancelAuth-Request', { UserID: '', PresenceSubList }, ...same('UserID')],
  ['GetBlockedList-Response', blocking, blocking11, blocking11, blocking13],
  ['BlockEntity-Request', blocking, blocking11, blocking11, blocking13],
]

function same(text: string): [string, string, string] {
  return [text, text, text]
}

function pairs(in11: string, in13: string): [string, string, string] {
  return [`${in11} ${in11}`, `${in11} ${in11}`, `${in13} ${in13}`]
}

const by: readonly [Version, number][] = [
  ['1.1', 2],
  ['1.2', 3],
  ['1.3', 4],
]

describe.each(by)('in %s', (version, place) => {
  test.each(cases.map((one) => [one[0], one] as const))(
    '%s is sent in order, with what the version knows',
    (name, one) => {
      expect(sent(name, one[1], version)).toBe(one[place])
    },
  )

  test('what may stand once is sent once', () => {
    const twice = { Result: [Result, Result], NickList: [{ NickName }, { NickName }] }
    expect(sent('ListManage-Response', twice, version)).toBe('Result(Code) NickList(NickName(Name UserID))')
  })
})

test.each(versions)('Group is sent in order in %s', (version) => {
  const Group = { ScreenName: { SName: '', GroupID: '' }, GroupID: '' }
  expect(sent('Recipient', { Group }, version)).toBe('Group(GroupID ScreenName(SName GroupID))')
})

test.each(['1.2', '1.3'] as const)('GetReactiveAuthStatus is sent in order in %s', (version) => {
  expect(sent('GetReactiveAuthStatus-Request', { UserID: ['', ''], User }, version)).toBe('UserID UserID')
  const ReactiveAuthStatus = { UserID: '', ReactiveAuthState: '', PresenceSubList }
  const status = `ReactiveAuthStatus(UserID ReactiveAuthState ${attributes})`
  expect(
    sent(
      'GetReactiveAuthStatus-Response',
      { ReactiveAuthStatusList: { ReactiveAuthStatus: [ReactiveAuthStatus, ReactiveAuthStatus] } },
      version,
    ),
  ).toBe(`ReactiveAuthStatusList(${status} ${status})`)
})

test.each(['1.2', '1.3'] as const)('GetWatcherList-Request is sent in order in %s', (version) => {
  expect(sent('GetWatcherList-Request', { HistoryPeriod: '', MaxWatcherList: '', User }, version)).toBe(
    'HistoryPeriod MaxWatcherList',
  )
})

describe('1.3 alone has', () => {
  test('CreateList-Response', () => {
    expect(sent('CreateList-Response', { ContactList, ContactListProperties, Result }, '1.3')).toBe(
      `ContactList ${properties}`,
    )
  })

  test('Notification-Request', () => {
    const lists = { PresenceSubList, UserIDList, ContactListIDList, DefaultList: '' }
    expect(sent('Notification-Request', { NotificationType: 'ANU', ...lists }, '1.3')).toBe(
      `NotificationType=ANU ${attributes} UserIDList(UserID) ContactListIDList(ContactList) DefaultList`,
    )
    const UserList = { User: { UserID: '', FriendlyName: '' }, ScreenName: { SName: '', GroupID: '' } }
    expect(sent('Notification-Request', { NotificationType: 'ATCL', UserList }, '1.3')).toBe(
      'NotificationType=ATCL UserList(User(UserID FriendlyName) ScreenName(SName GroupID))',
    )
    for (const kept of [
      'GroupID',
      'InviteID',
      'OnlineETEMHandling',
      'SessionPriority',
      'BlockListInUse',
      'GrantListInUse',
    ])
      expect(sent('Notification-Request', { NotificationType: 'x', [kept]: '' }, '1.3')).toBe(
        `NotificationType=x ${kept}`,
      )
    const UserIDPair = { UnrecognizedUserID: '', ValidUserID: '' }
    expect(sent('Notification-Request', { NotificationType: 'x', UserIDPair }, '1.3')).toBe(
      'NotificationType=x UserIDPair(UnrecognizedUserID ValidUserID)',
    )
  })
})

describe('presence attributes', () => {
  const plain = { Qualifier: '', PresenceValue: '' }
  const clientInfo = {
    ClientType: '',
    DevManufacturer: '',
    ClientProducer: '',
    Model: '',
    ClientVersion: '',
    Language: '',
  }
  const contentLimit = {
    ...{ AcceptedContentType: [{ ContentType: '', ContentPolicy: '' }], AnyContent: '', AcceptedTextContentLength: '' },
    ...{ AcceptedTransferEncoding: ['', ''], MaxPullLength: '', MaxPushLength: '', PlainTextCharset: '' },
  }
  const everything = {
    OnlineStatus: { ...plain, ClientID },
    Registration: { ...plain, ClientID },
    ClientInfo: {
      Qualifier: '',
      ClientContentLimit: contentLimit,
      ...{ ...clientInfo, ClientIMPriority: '', ApplicationID: '', ClientID },
    },
    TimeZone: { Qualifier: '', Zone: '', ClientID },
    GeoLocation: { Qualifier: '', Longitude: '', Latitude: '', Altitude: '', Accuracy: '', ClientID },
    Address: {
      ...{ Qualifier: '', Country: '', City: '', Street: '', Crossing1: '', Crossing2: '', Building: '' },
      ...{ NamedArea: '', Accuracy: '' },
    },
    FreeTextLocation: { ...plain, ClientID },
    PLMN: { ...plain, ClientID },
    CommCap: {
      Qualifier: '',
      CommC: [
        { Cap: 'IM', Status: 'OPEN', Contact: '', Note: '' },
        { Cap: 'SMS', Status: 'CLOSED' },
      ],
      ClientID,
    },
    UserAvailability: plain,
    PreferredContacts: {
      Qualifier: '',
      AddrPref: [
        { PrefC: 'IM', Caddr: '', Cstatus: '', Cname: '', Cpriority: '' },
        { PrefC: 'SMS', Caddr: '' },
      ],
    },
    PreferredLanguage: plain,
    StatusText: plain,
    StatusMood: plain,
    Alias: plain,
    StatusContent: { Qualifier: '', DirectContent: '', ReferredContent: '', ContentType: '' },
    ContactInfo: { Qualifier: '', ContainedvCard: '', ReferredvCard: '' },
    InfoLink: { Qualifier: '', Inf_link: [{ Link: 'a', Text: '', ContentType: '' }, { Link: 'b' }] },
  }
  const info = 'ClientType DevManufacturer ClientProducer Model ClientVersion Language'
  const expected = (clientId: string, infoBefore: string, infoAfter: string, link: string) =>
    [
      `OnlineStatus(Qualifier PresenceValue${clientId})`,
      `Registration(Qualifier PresenceValue${clientId})`,
      `ClientInfo(Qualifier ${infoBefore}${info}${infoAfter}${clientId})`,
      `TimeZone(Qualifier Zone${clientId})`,
      `GeoLocation(Qualifier Longitude Latitude Altitude Accuracy${clientId})`,
      'Address(Qualifier Country City Street Crossing1 Crossing2 Building NamedArea Accuracy)',
      `FreeTextLocation(Qualifier PresenceValue${clientId})`,
      `PLMN(Qualifier PresenceValue${clientId})`,
      // Reversed, so the last one comes first: their order is the client's.
      `CommCap(Qualifier CommC(Cap=SMS Status=CLOSED) CommC(Cap=IM Status=OPEN Contact Note)${clientId})`,
      'UserAvailability(Qualifier PresenceValue)',
      'PreferredContacts(Qualifier AddrPref(PrefC=SMS Caddr) AddrPref(PrefC=IM Caddr Cstatus Cname Cpriority))',
      'PreferredLanguage(Qualifier PresenceValue)',
      'StatusText(Qualifier PresenceValue)',
      'StatusMood(Qualifier PresenceValue)',
      'Alias(Qualifier PresenceValue)',
      'StatusContent(Qualifier DirectContent ReferredContent ContentType)',
      'ContactInfo(Qualifier ContainedvCard ReferredvCard)',
      link,
    ]
      .filter(Boolean)
      .join(' ')
  const link = 'InfoLink(Qualifier Inf_link(Link=b) Inf_link(Link=a Text ContentType))'

  test('of 1.1 stand once, without ClientID and InfoLink', () => {
    expect(sent('PresenceSubList', everything, '1.1')).toBe(expected('', '', '', ''))
  })

  test('of 1.2 have InfoLink as well', () => {
    expect(sent('PresenceSubList', everything, '1.2')).toBe(expected('', '', '', link))
  })

  test('of 1.3 have ClientID and more in ClientInfo', () => {
    const limit =
      'ClientContentLimit(AcceptedContentType(ContentType ContentPolicy) AnyContent AcceptedTextContentLength ' +
      'AcceptedTransferEncoding AcceptedTransferEncoding MaxPullLength MaxPushLength PlainTextCharset) '
    const more = ' ClientIMPriority ApplicationID'
    expect(sent('PresenceSubList', everything, '1.3')).toBe(expected(' ClientID(URL MSISDN)', limit, more, link))
  })

  const clients = [
    'OnlineStatus',
    'Registration',
    'ClientInfo',
    'TimeZone',
    'GeoLocation',
    'FreeTextLocation',
    'PLMN',
    'CommCap',
  ]

  test.each(versions)('of %s: those of clients repeat in 1.3 only', (version) => {
    for (const name of Object.keys(everything)) {
      if (!contentModels[version].get('PresenceSubList')!.some((child) => child.name === name)) continue
      const many = sent('PresenceSubList', { [name]: [{ Qualifier: 'T' }, { Qualifier: 'F' }] }, version)
      const isRepeated = version === '1.3' && clients.includes(name)
      expect(many).toBe(isRepeated ? `${name}(Qualifier=F) ${name}(Qualifier=T)` : `${name}(Qualifier=F)`)
    }
  })

  test.each(versions)('of %s are named by empty elements', (version) => {
    const names = Object.keys(everything).filter((name) => version !== '1.1' || name !== 'InfoLink')
    const list = Object.fromEntries(names.map((name) => [name, '']))
    expect(sent('PresenceSubList', list, version)).toBe(names.join(' '))
  })

  test('keep a ClientID that is plain text', () => {
    const content = { OnlineStatus: { ClientID: 'phone', PresenceValue: 'T' } }
    expect(sent('PresenceSubList', content, '1.3')).toBe('OnlineStatus(PresenceValue=T ClientID=phone)')
  })
})
