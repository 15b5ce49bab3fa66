import { Element } from './element.ts'
import { features, serviceTrees } from './services.ts'
import { isAtLeast, type Version, versions } from './versions.ts'

/** How often a child may stand: exactly once, at most once, any number, at least once. */
export type Occurrence = '1' | '?' | '*' | '+'

export interface Child {
  readonly name: string
  readonly occurs: Occurrence
}

/** The children of an element in the order in which they are sent. */
export type Model = readonly Child[]

type Rows = Readonly<Record<string, string | Partial<Record<Version, string>>>>

const clientCapabilities11 =
  'ClientType? InitialDeliveryMethod? AnyContent? AcceptedCharSet* AcceptedContentType* AcceptedTransferEncoding* ' +
  'AcceptedContentLength? SupportedBearer* MultiTrans? ParserSize? SupportedCIRMethod* UDPPort?'

/** Attributes that belong to the user: the same in all versions. */
const userAttributes =
  'UserAvailability? PreferredContacts? PreferredLanguage? StatusText? StatusMood? Alias? StatusContent? ContactInfo?'

/** Attributes that belong to a client, in their places among the others. 1.3 repeats them, once for each client. */
const attributes11 =
  'OnlineStatus? Registration? ClientInfo? TimeZone? GeoLocation? Address? FreeTextLocation? PLMN? CommCap? '
const attributes13 =
  'OnlineStatus* Registration* ClientInfo* TimeZone* GeoLocation* Address? FreeTextLocation* PLMN* CommCap* '

const plainAttribute = 'Qualifier? PresenceValue?'

/** The row of an attribute that belongs to a client: from 1.3 on it says to which. */
const perClient = (children: string) => ({ '1.1': children, '1.3': `${children} ClientID?` })

const entities = {
  '1.1': 'UserID* ScreenName* GroupID*',
  '1.3': 'UserID* ScreenName* GroupID* ContactList* ApplicationID*',
}

const switchedList = { '1.1': 'InUse? EntityList? AddList? RemoveList?', '1.3': 'EntityList? AddList? RemoveList?' }

const blockAndGrant = { '1.1': 'BlockList? GrantList?', '1.3': 'BlockList? BlockListInUse? GrantList? GrantListInUse?' }

/**
 * The content model: every element that has children, and its children in the order of the reference, with `?`, `*` and
 * `+` as in a DTD. A row with versions says from which version on it holds; an element without a row has text only. An
 * element that a version's model does not list is not sent in that version, so a transaction may state all it knows.
 *
 * Rows go by name alone. A name that stands for text in one place and for a structure in another (`Status`, `ClientID`)
 * has the row of the structure: what has no children is sent as it is. What a later version removed keeps its row.
 *
 * On receipt the order is not looked at; on sending it drives every codec.
 */
const rows: Rows = {
  // Envelope (1.2)
  'WV-CSP-VersionDiscovery-Request': { '1.2': 'VersionList? ExtendedData*' },
  'WV-CSP-VersionDiscovery-Response': { '1.2': 'VersionList OtherServer* ExtendedData*' },
  VersionList: { '1.2': 'SessionNSName* TransactionNSName* PresenceAttributeNSName*' },

  // Common building blocks (2.1)
  Status: 'Result ClientID?',
  Result: {
    '1.1': 'Code Description? DetailedResult*',
    '1.3': 'Code Description? DetailedResult* SystemMessageList? TryAgainTimeout?',
  },
  DetailedResult: {
    '1.1': 'Code Description? UserID* GroupID* ScreenName*',
    '1.2': 'Code Description? UserID* GroupID* ScreenName* MessageID* ContactList* Domain*',
  },
  ClientID: 'URL? MSISDN?',
  User: { '1.1': 'UserID ClientID?', '1.3': 'UserID FriendlyName? ClientID?' },
  Group: 'GroupID? ScreenName?',
  ScreenName: 'SName GroupID',
  Sender: 'User? Group?',
  Recipient: 'User* Group* ContactList*',
  MessageInfo: {
    '1.1': 'MessageID? MessageURI? ContentType? ContentEncoding? ContentSize Recipient Sender DateTime? Validity?',
    '1.3':
      'MessageID? MessageURI? ContentType? ContentEncoding? ContentSize ContentName? Recipient Sender DateTime? Font? Validity?',
  },
  Logo: 'ContentType ContentSize? ContentEncoding ContentData',
  NickName: 'Name UserID',
  NickList: 'NickName* UserID*',
  AddNickList: 'NickName* UserID*',
  RemoveNickList: 'UserID+',
  UserList: 'User* ScreenName*',
  UserIDList: { '1.3': 'UserID*' },
  ContactListIDList: { '1.3': 'ContactList*' },
  Property: 'Name Value?',
  ContactListProperties: 'Property+',
  GroupProperties: 'Property+ WelcomeNote?',
  OwnProperties: 'Property+',
  WelcomeNote: 'ContentType ContentEncoding? ContentData',
  GroupList: 'GroupID+',
  URLList: 'URL+',
  IDList: { '1.2': 'UserID* ContactList* GroupID* ScreenName* Domain*' },
  EntityList: entities,
  AddList: entities,
  RemoveList: entities,
  Presence: {
    '1.1': 'UserID? ContactList? PresenceSubList*',
    '1.3': 'UserID? UserNotify? ContactList? ContactListNotify? PresenceSubList*',
  },

  // Access (2.2)
  'Login-Request': {
    '1.1': 'UserID ClientID Password? DigestBytes? DigestSchema? TimeToLive? SessionCookie',
    '1.2': 'UserID ClientID Password? DigestBytes? DigestSchema* TimeToLive? SessionCookie',
    '1.3':
      'UserID ClientID? ApplicationID? Password? DigestBytes? DigestSchema* SessionID? TimeToLive? SessionCookie? ' +
      'SystemMessageResponseList? Functions? CapabilityList?',
  },
  'Login-Response': {
    '1.1': 'ClientID? Result Nonce? DigestSchema? SessionID? KeepAliveTime? CapabilityRequest?',
    '1.3':
      'UserID? ClientID? Result Nonce? DigestSchema? SessionID? KeepAliveTime? CapabilityRequest? Functions? AgreedCapabilityList?',
  },
  Disconnect: 'Result',
  'KeepAlive-Request': 'TimeToLive?',
  'KeepAlive-Response': 'Result KeepAliveTime?',
  'GetSPInfo-Request': 'ClientID?',
  'GetSPInfo-Response': 'ClientID? Name Logo? Description? URL?',
  'Service-Request': { '1.1': 'ClientID Functions? AllFunctionsRequest', '1.2': 'Functions? AllFunctionsRequest' },
  'Service-Response': { '1.1': 'ClientID Functions? AllFunctions?', '1.2': 'Functions? AllFunctions?' },
  Functions: 'WVCSPFeat',
  AllFunctions: 'WVCSPFeat',
  WVCSPFeat: features.map((feature) => `${feature}?`).join(' '),
  'ClientCapability-Request': { '1.1': 'ClientID CapabilityList?', '1.2': 'CapabilityList' },
  // COMPAT(Android 1.0): takes the list for the first child, so no ClientID where the request had none.
  'ClientCapability-Response': { '1.1': 'ClientID? CapabilityList', '1.2': 'AgreedCapabilityList' },
  CapabilityList: {
    '1.1': `${clientCapabilities11} TCPAddress? TCPPort? ServerPollMin? DefaultLanguage?`,
    '1.2': `${clientCapabilities11} ServerPollMin? DefaultLanguage?`,
    '1.3':
      'AcceptedContentType* AnyContent? AcceptedCharSet* AcceptedPullLength? AcceptedPushLength? AcceptedTextContentLength? ' +
      'AcceptedTransferEncoding* ClientType? DefaultLanguage? InitialDeliveryMethod? MultiTrans? MultiTransPerMessage? ' +
      'OfflineETEMHandling? OnlineETEMHandling? ParserSize? ServerPollMin? SupportedBearer* SupportedOfflineBearer* ' +
      'SupportedCIRMethod* UDPPort? SessionPriority? TCPAddress? TCPPort?',
  },
  AgreedCapabilityList: {
    '1.2': 'SupportedBearer* SupportedCIRMethod* TCPAddress? TCPPort? ServerPollMin? CIRURL?',
    '1.3':
      'AcceptedContentType* AnyContent? AcceptedPullLength? AcceptedPushLength? AcceptedTextContentLength? ' +
      'AcceptedTransferEncoding* CIRHTTPAddress? CIRSMSAddress? MultiTrans? MultiTransPerMessage? OfflineETEMHandling? ' +
      'OnlineETEMHandling? ServerPollMin? SupportedBearer* SupportedOfflineBearer* SupportedCIRMethod* TCPAddress? ' +
      'TCPPort? UDPAddress? UDPPort? SessionPriority? UserSessionLimit?',
  },
  AcceptedContentType: { '1.3': 'ContentType AcceptedRichContentLength? ContentPolicy? ContentPolicyLimit?' },
  CIRURL: 'URL',
  CIRHTTPAddress: 'URL',
  SystemMessageList: { '1.3': 'SystemMessage*' },
  SystemMessage: { '1.3': 'SystemMessageID RequiresResponse SystemMessageText AnswerOptions? VerificationMechanism?' },
  AnswerOptions: { '1.3': 'AnswerOption*' },
  AnswerOption: { '1.3': 'AnswerOptionID AnswerOptionText' },
  VerificationMechanism: { '1.3': 'InText? URL?' },
  'SystemMessage-Request': { '1.3': 'SystemMessageList' },
  'SystemMessage-User': { '1.3': 'SystemMessageResponseList' },
  SystemMessageResponseList: { '1.3': 'SystemMessageResponse*' },
  SystemMessageResponse: { '1.3': 'SystemMessageID ChosenOptionID? VerificationKey?' },
  'SubscribeNotification-Request': { '1.3': 'NotificationTypeList' },
  'UnsubscribeNotification-Request': { '1.3': 'NotificationTypeList' },
  NotificationTypeList: { '1.3': 'NotificationType*' },
  'Notification-Request': {
    '1.3':
      'NotificationType BlockListInUse? GrantListInUse? GroupID? InviteID? OnlineETEMHandling? PresenceSubList? ' +
      'UserIDList? ContactListIDList? DefaultList? SessionPriority? UserList? UserIDPair?',
  },
  UserIDPair: { '1.3': 'UnrecognizedUserID ValidUserID' },
  'VerifyID-Request': { '1.2': 'IDList' },
  'GetPublicProfile-Request': { '1.3': 'UserID*' },
  'GetPublicProfile-Response': { '1.3': 'Result PublicProfile*' },
  'UpdatePublicProfile-Request': { '1.3': 'ClearPublicProfile? PublicProfile?' },
  PublicProfile: { '1.3': 'UserID Property*' },

  // Search (2.2.5)
  'Search-Request': 'SearchPairList* SearchLimit? SearchID? SearchIndex?',
  SearchPairList: { '1.1': 'SearchElement SearchString', '1.3': 'SearchPair* AdvancedCriteria?' },
  SearchPair: { '1.3': 'SearchElement SearchString PairID?' },
  'Search-Response': 'SearchID? SearchFindings CompletionFlag SearchIndex? SearchResult?',
  SearchResult: 'UserList? GroupList?',
  'StopSearch-Request': 'SearchID',

  // Invitation (2.2.6)
  'Invite-Request': {
    '1.1': 'InviteID InviteType Recipient GroupID? PresenceSubList? URLList? InviteNote? ScreenName? Validity?',
    '1.3':
      'InviteID InviteType Sender? Recipient ApplicationID? GroupID? PresenceSubList? URLList? InviteNote? ScreenName? Validity?',
  },
  'InviteUser-Request': {
    '1.1': 'InviteID InviteType Sender GroupID? PresenceSubList? URLList? InviteNote? Validity?',
    '1.3':
      'InviteID InviteType Sender ApplicationID? GroupID? PresenceSubList? URLList? InviteNote? ScreenName? Validity?',
  },
  'InviteUser-Response': {
    '1.1': 'InviteID Acceptance ResponseNote? ScreenName?',
    '1.2': 'InviteID Acceptance Sender? ResponseNote? ScreenName?',
  },
  'Invite-Response': {
    '1.1': 'InviteID Acceptance Sender ResponseNote?',
    '1.3': 'InviteID Acceptance Sender InviteNote?',
  },
  'CancelInvite-Request': 'InviteID Recipient? InviteNote? URLList? ScreenName?',
  'CancelInviteUser-Request': 'InviteID Sender InviteNote? URLList?',

  // Contact lists and attribute lists (2.3). GetList-Request is empty.
  'GetList-Response': { '1.1': 'ContactList* DefaultContactList?', '1.3': 'ContactListIDList? DefaultContactList?' },
  'CreateList-Request': 'ContactList NickList? ContactListProperties?',
  'CreateList-Response': { '1.3': 'ContactList ContactListProperties' },
  'DeleteList-Request': 'ContactList',
  'ListManage-Request': {
    '1.1': 'ContactList AddNickList? RemoveNickList? ContactListProperties?',
    '1.2': 'ContactList AddNickList? RemoveNickList? ContactListProperties? ReceiveList',
    '1.3': 'ContactList AddNickList? RemoveNickList? ContactListProperties? ReceiveList AuthorizeAndGrant?',
  },
  'ListManage-Response': 'Result NickList? ContactListProperties?',
  'CreateAttributeList-Request': {
    '1.1': 'PresenceSubList UserID* ContactList* DefaultList',
    '1.3': 'PresenceSubList UserIDList? ContactListIDList? DefaultList DefaultNotify? UserNotify? ContactListNotify?',
  },
  'DeleteAttributeList-Request': {
    '1.1': 'UserID* ContactList* DefaultList',
    '1.3': 'UserIDList? ContactListIDList? DefaultList',
  },
  'GetAttributeList-Request': {
    '1.1': 'DefaultList ContactList* User*',
    '1.3': 'DefaultList ContactListIDList? UserIDList?',
  },
  'GetAttributeList-Response': 'Result DefaultAttributeList? Presence*',
  DefaultAttributeList: { '1.1': 'PresenceSubList', '1.3': 'DefaultNotify? PresenceSubList' },

  // Presence (2.4)
  'SubscribePresence-Request': {
    '1.1': 'User* ContactList* PresenceSubList?',
    '1.2': 'User* ContactList* PresenceSubList? AutoSubscribe',
    '1.3': 'UserIDList? ContactListIDList? PresenceSubList? AutoSubscribe?',
  },
  'UnsubscribePresence-Request': { '1.1': 'User* ContactList*', '1.3': 'UserIDList? ContactListIDList?' },
  'PresenceNotification-Request': 'Presence+',
  'GetPresence-Request': {
    '1.1': 'User* ContactList* PresenceSubList?',
    '1.3': 'UserIDList? ContactListIDList? PresenceSubList?',
  },
  'GetPresence-Response': 'Result Presence*',
  'UpdatePresence-Request': 'PresenceSubList',
  'GetWatcherList-Request': { '1.2': 'HistoryPeriod? MaxWatcherList?' },
  'GetWatcherList-Response': {
    '1.1': 'User*',
    '1.2': 'HistoryPeriod? Watcher*',
    '1.3': 'HistoryPeriod? WatcherCount? Watcher*',
  },
  Watcher: { '1.2': 'User WatcherStatus?', '1.3': 'UserID FriendlyName? WatcherStatus?' },
  'PresenceAuth-Request': 'UserID PresenceSubList?',
  'PresenceAuth-User': { '1.1': 'UserID Acceptance', '1.2': 'UserID Acceptance PresenceSubList?' },
  'CancelAuth-Request': 'UserID',
  'GetReactiveAuthStatus-Request': { '1.2': 'UserID*' },
  'GetReactiveAuthStatus-Response': { '1.2': 'ReactiveAuthStatusList' },
  ReactiveAuthStatusList: { '1.2': 'ReactiveAuthStatus*' },
  ReactiveAuthStatus: { '1.2': 'UserID ReactiveAuthState PresenceSubList?' },

  // Presence attributes (2.4.1). All their children may be missing: a request names an attribute by its empty element.
  PresenceSubList: {
    '1.1': attributes11 + userAttributes,
    '1.2': `${attributes11 + userAttributes} InfoLink?`,
    '1.3': `${attributes13 + userAttributes} InfoLink?`,
  },
  OnlineStatus: perClient(plainAttribute),
  Registration: perClient(plainAttribute),
  ClientInfo: {
    '1.1': 'Qualifier? ClientType? DevManufacturer? ClientProducer? Model? ClientVersion? Language?',
    '1.3':
      'Qualifier? ClientContentLimit? ClientType? DevManufacturer? ClientProducer? Model? ClientVersion? Language? ' +
      'ClientIMPriority? ApplicationID? ClientID?',
  },
  ClientContentLimit: {
    '1.3':
      'AcceptedContentType* AnyContent? AcceptedTextContentLength? AcceptedTransferEncoding* MaxPullLength? ' +
      'MaxPushLength? PlainTextCharset*',
  },
  TimeZone: perClient('Qualifier? Zone?'),
  GeoLocation: perClient('Qualifier? Longitude? Latitude? Altitude? Accuracy?'),
  Address: 'Qualifier? Country? City? Street? Crossing1? Crossing2? Building? NamedArea? Accuracy?',
  FreeTextLocation: perClient(plainAttribute),
  PLMN: perClient(plainAttribute),
  CommCap: perClient('Qualifier? CommC*'),
  CommC: 'Cap Status Contact? Note?',
  UserAvailability: plainAttribute,
  PreferredContacts: 'Qualifier? AddrPref*',
  AddrPref: 'PrefC Caddr Cstatus? Cname? Cpriority?',
  PreferredLanguage: plainAttribute,
  StatusText: plainAttribute,
  StatusMood: plainAttribute,
  Alias: plainAttribute,
  StatusContent: 'Qualifier? DirectContent? ReferredContent? ContentType?',
  ContactInfo: 'Qualifier? ContainedvCard? ReferredvCard?',
  InfoLink: { '1.2': 'Qualifier? Inf_link*' },
  Inf_link: { '1.2': 'Link Text? ContentType?' },

  // Instant messaging (2.5). GetBlockedList-Request is empty.
  'SendMessage-Request': 'DeliveryReport? MessageInfo ContentData?',
  'SendMessage-Response': 'Result MessageID?',
  'SetDeliveryMethod-Request': {
    '1.1': 'DeliveryMethod AcceptedContentLength? GroupID?',
    '1.3': 'DeliveryMethod AcceptedContentLength? GroupID? GroupContentLimit?',
  },
  'GetMessageList-Request': 'GroupID? MessageCount?',
  'GetMessageList-Response': { '1.1': 'MessageInfo*', '1.3': 'MessageInfoList MessageTotalCount' },
  MessageInfoList: { '1.3': 'MessageInfo*' },
  'RejectMessage-Request': 'MessageID+',
  MessageNotification: 'MessageInfo',
  'GetMessage-Request': 'MessageID',
  'GetMessage-Response': 'MessageInfo ContentData?',
  NewMessage: 'MessageInfo ContentData?',
  MessageDelivered: 'MessageID',
  'DeliveryReport-Request': 'Result DeliveryTime? MessageInfo',
  'ForwardMessage-Request': { '1.1': 'MessageID Recipient', '1.3': 'MessageID Sender? Recipient' },
  'ForwardMessage-Response': { '1.3': 'MessageID' },
  Font: { '1.3': 'Size? Style* Color?' },
  'GetBlockedList-Response': blockAndGrant,
  'BlockEntity-Request': blockAndGrant,
  BlockList: switchedList,
  GrantList: switchedList,

  // Groups (2.6)
  'CreateGroup-Request': {
    '1.1': 'GroupID GroupProperties? JoinGroup ScreenName? SubscribeNotification',
    '1.3': 'GroupID GroupProperties? OwnProperties? JoinGroup ScreenName? SubscribeNotification',
  },
  'DeleteGroup-Request': 'GroupID',
  'JoinGroup-Request': {
    '1.1': 'GroupID ScreenName? JoinedRequest? SubscribeNotification',
    '1.2': 'GroupID ScreenName? JoinedRequest SubscribeNotification OwnProperties?',
  },
  'JoinGroup-Response': {
    '1.1': 'UserList? WelcomeNote?',
    '1.2': 'UserMapList? WelcomeNote?',
    '1.3': 'ScreenName? UserMapList? WelcomeNote?',
  },
  'LeaveGroup-Request': 'GroupID',
  'LeaveGroup-Response': 'GroupID? Result',
  'GetGroupMembers-Request': 'GroupID',
  'GetGroupMembers-Response': { '1.1': 'Admin? Mod? Users?', '1.3': 'Admin? Mod? UserList?' },
  Admin: 'UserList',
  Mod: 'UserList',
  Users: 'UserList',
  'GetJoinedUsers-Request': { '1.2': 'GroupID' },
  'GetJoinedUsers-Response': { '1.2': 'AdminMapList? UserMapList?' },
  AdminMapList: { '1.2': 'AdminMapping? ModMapping? UserMapping?' },
  UserMapList: { '1.2': 'UserMapping?' },
  AdminMapping: { '1.2': 'Mapping+' },
  ModMapping: { '1.2': 'Mapping+' },
  UserMapping: { '1.2': 'Mapping+' },
  Mapping: { '1.2': 'SName UserID?' },
  'AddGroupMembers-Request': 'GroupID UserList',
  'RemoveGroupMembers-Request': 'GroupID UserList',
  'MemberAccess-Request': { '1.1': 'GroupID Admin? Mod? Users?', '1.3': 'GroupID Admin? Mod? UserList?' },
  'GetGroupProps-Request': 'GroupID',
  'GetGroupProps-Response': 'GroupProperties OwnProperties',
  'SetGroupProps-Request': 'GroupID GroupProperties? OwnProperties?',
  'RejectList-Request': 'GroupID AddList? RemoveList?',
  'RejectList-Response': 'UserList?',
  'SubscribeGroupNotice-Request': 'GroupID SubscribeType',
  'SubscribeGroupNotice-Response': 'Value',
  GroupChangeNotice: {
    '1.1': 'GroupID Joined? Left? GroupProperties? OwnProperties?',
    '1.3': 'GroupID Joined? JoinedBlocked? Left? LeftBlocked? GroupProperties? OwnProperties?',
  },
  Joined: { '1.1': 'ScreenName+', '1.2': 'UserMapList' },
  Left: { '1.1': 'ScreenName+', '1.2': 'UserList' },
  LeftBlocked: { '1.3': 'UserList' },
  JoinedBlocked: { '1.3': 'UserList' },
  'ExtendConversation-Request': {
    '1.3':
      'ExtendConversationID UserIDList? ExtendConversationUser? GroupID? SubscribeNotification? WelcomeNote? ScreenName?',
  },
  ExtendConversationUser: { '1.3': 'UserID ClientID?' },
  'ExtendConversation-Response': { '1.3': 'ExtendConversationID GroupID? ResponseNote? Result' },
}

const parse = (text: string): Model =>
  text
    .split(' ')
    .filter(Boolean)
    .map((one) => {
      const occurs = /[?*+]$/.exec(one)?.[0] as Occurrence | undefined
      return { name: occurs ? one.slice(0, -1) : one, occurs: occurs ?? '1' }
    })

function modelsOf(version: Version): ReadonlyMap<string, Model> {
  const models = new Map<string, Model>()
  for (const [name, value] of Object.entries(rows)) {
    const since = typeof value === 'string' ? { '1.1': value } : value
    const newest = versions.filter((one) => since[one] !== undefined && isAtLeast(version, one)).at(-1)
    if (newest) models.set(name, parse(since[newest]!))
  }
  for (const [feature, groups] of serviceTrees[version]) {
    const children = [...groups].flatMap(([group, codes]) => (group ? [group] : isAtLeast(version, '1.2') ? codes : []))
    models.set(feature, parse(children.map((child) => `${child}?`).join(' ')))
    for (const [group, codes] of groups) if (group) models.set(group, parse(codes.map((code) => `${code}?`).join(' ')))
  }
  return models
}

/** The models of each version by element name. */
export const contentModels: Readonly<Record<Version, ReadonlyMap<string, Model>>> = {
  '1.1': modelsOf('1.1'),
  '1.2': modelsOf('1.2'),
  '1.3': modelsOf('1.3'),
}

/** The place of each child in a model, by name. */
const places = new WeakMap<Model, ReadonlyMap<string, number>>()

function placesIn(model: Model): ReadonlyMap<string, number> {
  let found = places.get(model)
  if (!found) {
    found = new Map(model.map(({ name }, place) => [name, place]))
    places.set(model, found)
  }
  return found
}

/**
 * The element as it may be sent in that version: children in the order of the model, without those that the version
 * does not know, and of those that stand at most once only the first.
 */
export function conform(content: Element, version: Version): Element {
  const model = contentModels[version].get(content.name)
  if (!model || content.children.length === 0) return content
  const due = inPlace(content.children, model)
  let isSame = due.length === content.children.length
  const children = due.map((child, index) => {
    const conforming = conform(child, version)
    isSame &&= conforming === content.children[index]
    return conforming
  })
  return isSame ? content : new Element(content.name, children)
}

/** Children in the order of the model; those of one name stay in theirs. */
function inPlace(children: readonly Element[], model: Model): Element[] {
  const places = placesIn(model)
  const placeOf = ({ name }: Element) => places.get(name)!
  const known = children.filter(({ name }) => places.has(name)).sort((one, other) => placeOf(one) - placeOf(other))
  return known.filter((child, index) => {
    const { name, occurs } = model[placeOf(child)]!
    return occurs === '*' || occurs === '+' || known[index - 1]?.name !== name
  })
}
