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

/**
 * The content model: every element that has children, and its children in the order of the reference, with `?`, `*` and
 * `+` as in a DTD. A row with versions says from which version on it holds; an element without a row has text only. An
 * element that a version's model does not list is not sent in that version, so a transaction may state all it knows.
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
  ClientID: 'URL? MSISDN?',
  User: { '1.1': 'UserID ClientID?', '1.3': 'UserID FriendlyName? ClientID?' },
  Sender: 'User? Group?',
  Recipient: 'User* Group* ContactList*',
  MessageInfo: {
    '1.1': 'MessageID? MessageURI? ContentType? ContentEncoding? ContentSize Recipient Sender DateTime? Validity?',
    '1.3':
      'MessageID? MessageURI? ContentType? ContentEncoding? ContentSize ContentName? Recipient Sender DateTime? Font? Validity?',
  },
  Logo: 'ContentType ContentSize? ContentEncoding ContentData',

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
  'SystemMessage-Request': { '1.3': 'SystemMessageList' },

  // Instant messaging (2.5)
  NewMessage: 'MessageInfo ContentData?',
  MessageDelivered: 'MessageID',
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

/**
 * The element as it may be sent in that version: children in the order of the model, without those that the version
 * does not know, and of those that stand at most once only the first.
 */
export function conform(content: Element, version: Version): Element {
  const model = contentModels[version].get(content.name)
  if (!model || content.children.length === 0) return content
  const children = model.flatMap(({ name, occurs }) => {
    const found = content.all(name)
    return occurs === '1' || occurs === '?' ? found.slice(0, 1) : found
  })
  return new Element(
    content.name,
    children.map((child) => conform(child, version)),
  )
}
