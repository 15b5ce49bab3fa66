import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Version, versions } from '../../src/csp/versions.ts'

/** A token as one version has it: its number, and the code page for a tag. */
interface Token {
  readonly page: number
  readonly number: number
  readonly name: string
}

type Numbered<Value> = Readonly<Record<string, Value>>
type Entry = string | readonly string[]

interface Data {
  readonly publicIds: Numbered<number>
  readonly attributes: Numbered<string>
  readonly tags: Numbered<Numbered<Entry>>
  readonly values: Numbered<Entry>
}

// The numbers alone are shared with the service; what they are used for is written down here a second time (section 6).
const data = JSON.parse(readFileSync(join(import.meta.dirname, '../../tables/wbxml.json'), 'utf8')) as Data

/** Public identifiers by version. */
export const publicIds: Numbered<number> = data.publicIds

/** Beginnings of namespaces by the token of the attribute; the digits of the version follow. */
export const namespaceStarts: ReadonlyMap<number, string> = new Map(
  Object.entries(data.attributes).map(([number, start]) => [Number(number), start]),
)

/** The names of a number that a version sends: `CIRURL 1.2` in 1.2 alone, `History read` in none. */
const namesIn = (entry: Entry, version: Version): string[] =>
  [entry].flat().flatMap((one) => {
    const [name = '', ...since] = one.split(' ')
    return since.length === 0 || since.includes(version) ? [name] : []
  })

const tokensIn = (page: number, entries: Numbered<Entry>, version: Version): Token[] =>
  Object.entries(entries).flatMap(([number, entry]) =>
    namesIn(entry, version).map((name) => ({ page, number: Number(number), name })),
  )

const eachVersion = <Value>(make: (version: Version) => Value) =>
  Object.fromEntries(versions.map((version) => [version, make(version)])) as Record<Version, Value>

const tags = eachVersion((version) =>
  Object.entries(data.tags).flatMap(([page, entries]) => tokensIn(Number(page), entries, version)),
)
const values = eachVersion((version) => tokensIn(0, data.values, version))

const key = (page: number, number: number) => page * 256 + number
const tagNames = eachVersion((version) => new Map(tags[version].map((one) => [key(one.page, one.number), one.name])))
const tagTokens = eachVersion((version) => new Map(tags[version].map((one) => [one.name, one])))

/** The name of a tag, or undefined for a number that the version does not know. */
export const tagName = (version: Version, page: number, number: number): string | undefined =>
  tagNames[version].get(key(page, number))

/** The token of a tag, or undefined for a name that the version does not know. */
export const tagToken = (version: Version, name: string): Token | undefined => tagTokens[version].get(name)

/** The token that another version has for a tag, where the number means nothing else in this one. */
export function tagTokenOfOthers(version: Version, name: string): Token | undefined {
  const others = versions.flatMap((one) => tagToken(one, name) ?? [])
  return others.find(({ page, number }) => tagName(version, page, number) === undefined)
}

/** What is told of presence has words of its own: its `SMS` is not the bearer, its `IM` not that of an invitation. */
const isWordOfPresence = (number: number) => number >= 0x5b && number <= 0x77

const elementsOfPresence = new Set(['Cap', 'PrefC', 'PresenceValue', 'ClientType'])

/** The number of a word in an element, or undefined where the version has none. */
export function valueNumber(version: Version, element: string, word: string): number | undefined {
  const found = values[version].filter(({ name }) => name === word).map(({ number }) => number)
  const ofPresence = found.filter(isWordOfPresence)
  const others = found.filter((number) => !isWordOfPresence(number))
  return elementsOfPresence.has(element) ? (ofPresence[0] ?? others[0]) : (others[0] ?? ofPresence[0])
}

/** The words that a number stands for. */
export const valueWords = (version: Version, number: number): string[] =>
  values[version].filter((one) => one.number === number).map(({ name }) => name)

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean))

const enumerated = words(`
  SessionType TransactionMode Poll CIR
  Acceptance AllFunctionsRequest AnyContent AuthorizeAndGrant AutoSubscribe BlockListInUse CapabilityRequest
  ClearPublicProfile CompletionFlag ContactListNotify DefaultList DefaultNotify DeliveryReport GrantListInUse InUse
  JoinGroup JoinedRequest Qualifier ReceiveList RequiresResponse SubscribeNotification UserNotify
  AcceptedTransferEncoding ClientType ContentEncoding ContentPolicy DeliveryMethod InitialDeliveryMethod
  OfflineETEMHandling OnlineETEMHandling SupportedBearer SupportedCIRMethod SupportedOfflineBearer
  InviteType NotificationType ReactiveAuthState SearchElement SubscribeType WatcherStatus
  Cap Color PrefC Size Style`)

const attributesWithWords = words('OnlineStatus Registration UserAvailability StatusMood')

/** True for an element that holds one of a list of words, and may be sent as a token. */
export const isEnumerated = (element: string, parent: string): boolean =>
  element === 'PresenceValue' ? attributesWithWords.has(parent) : enumerated.has(element)

const integers = words(`
  Code ContentSize MessageCount Validity KeepAliveTime TimeToLive MultiTrans ParserSize ServerPollMin TCPPort UDPPort
  AcceptedContentLength AcceptedCharSet SearchFindings SearchIndex SearchLimit
  HistoryPeriod MaxWatcherList
  AcceptedPullLength AcceptedPushLength AcceptedRichContentLength AcceptedTextContentLength AnswerOptionID
  ChosenOptionID ClientIMPriority ContentPolicyLimit GroupContentLimit MaxPullLength MaxPushLength MessageTotalCount
  MultiTransPerMessage PairID PlainTextCharset SegmentCount SegmentReference SessionPriority TryAgainTimeout
  UserSessionLimit WatcherCount`)

/** True for an element that holds a whole number. */
export const isInteger = (element: string): boolean => integers.has(element)

/** True for an element that holds a moment. */
export const isMoment = (element: string): boolean => element === 'DateTime' || element === 'DeliveryTime'

/** The bytes of the global tokens. */
export const globals = {
  switchPage: 0,
  end: 1,
  entity: 2,
  string: 3,
  literal: 4,
  value: 0x80,
  tableString: 0x83,
  opaque: 0xc3,
}

/** Bits beside the number of a tag. */
export const hasContent = 0x40
export const hasAttributes = 0x80

/** A number in as many bytes as it takes, seven bits in each. */
export function multiByte(number: number): number[] {
  const bytes = [number % 128]
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) + 128)
  return bytes
}
