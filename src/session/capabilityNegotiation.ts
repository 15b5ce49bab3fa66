import { CspError } from '../csp/cspError.ts'
import type { Content, ContentTree, Element } from '../csp/element.ts'
import type { Version } from '../csp/versions.ts'
import type { CirMethod } from '../delivery/cir.ts'
import type { AgreedCapabilities, Session } from './session.ts'

/** Bearers by which this service can be reached: WSP comes through a WAP gateway, which speaks HTTP to us. */
const bearers = ['HTTP', 'HTTPS', 'WSP']

/** Transactions that one message of ours holds at most, whatever a client offers. */
const transactionsPerMessage = 10

interface Offer {
  /** The poll interval that is agreed at least, in seconds. */
  readonly serverPollMin: number
  readonly cirMethods: readonly CirMethod[]
}

type Rule = (offered: readonly string[], offer: Offer, name: string) => readonly string[]

const asOffered: Rule = (offered) => offered
const first: Rule = (offered) => offered.slice(0, 1)
const among =
  (...known: string[]): Rule =>
  (offered) =>
    offered.map((value) => value.toUpperCase()).filter((value) => known.includes(value))

/** A whole number; anything else is refused by name. */
const whole: Rule = (offered, _, name) => {
  const value = offered[0]
  if (value === undefined) return []
  if (!/^\d{1,10}$/.test(value)) throw new CspError(402, `${name} is no whole number`)
  return [String(Math.min(Number(value), 4294967295))]
}
const atMost =
  (most: number): Rule =>
  (offered, offer, name) =>
    whole(offered, offer, name).map((value) => String(Math.min(Math.max(Number(value), 1), most)))

/**
 * How each capability is agreed on. What a client does not offer is not agreed; what is not listed is not looked at.
 * COMPAT(Colibria): vendor elements stand among the capabilities.
 */
const rules: Readonly<Record<string, Rule>> = {
  ClientType: first,
  InitialDeliveryMethod: (offered, offer, name) => among('P', 'N')(offered, offer, name).slice(0, 1),
  AnyContent: (offered) => offered.slice(0, 1).map((value) => (value.toUpperCase() === 'T' ? 'T' : 'F')),
  AcceptedCharSet: asOffered,
  AcceptedContentType: asOffered,
  AcceptedTransferEncoding: asOffered,
  AcceptedContentLength: whole,
  AcceptedPullLength: whole,
  AcceptedPushLength: whole,
  AcceptedTextContentLength: whole,
  SupportedBearer: among(...bearers),
  MultiTrans: atMost(transactionsPerMessage),
  MultiTransPerMessage: atMost(transactionsPerMessage),
  ParserSize: whole,
  SupportedCIRMethod: (offered, offer, name) =>
    among(...offer.cirMethods.map((method) => method.name))(offered, offer, name),
  UDPPort: (offered, offer, name) =>
    offer.cirMethods.some((method) => method.name === 'SUDP') ? whole(offered, offer, name) : [],
  ServerPollMin: (offered, offer, name) =>
    whole(offered, offer, name).map((value) => String(Math.max(Number(value), offer.serverPollMin))),
  DefaultLanguage: first,
  OnlineETEMHandling: first,
  OfflineETEMHandling: first,
  SessionPriority: whole,
}

/** Agreed values by element name. */
export type CapabilityValues = Readonly<Record<string, readonly string[]>>

/**
 * The capabilities that are agreed for an offered CapabilityList.
 *
 * @throws CspError 402 naming a value that cannot be understood
 */
export function agreeCapabilities(list: Element, offer: Offer): CapabilityValues {
  const agreed: Record<string, readonly string[]> = {}
  for (const [name, rule] of Object.entries(rules)) {
    const values = rule(offeredValues(list, name), offer, name)
    if (values.length > 0) agreed[name] = values
  }
  return agreed
}

/** Values of one capability, and characters of one value, that are looked at. */
const mostValues = 64
const longestValue = 255

/** 1.3 writes AcceptedContentType as a structure; its ContentType is what counts. */
const offeredValues = (list: Element, name: string): string[] =>
  list
    .all(name)
    .flatMap((element) => element.textOf('ContentType') ?? element.text ?? [])
    .filter((value) => value.length <= longestValue)
    .slice(0, mostValues)

const least = (...lengths: readonly (number | undefined)[]): number | undefined => {
  const stated = lengths.filter((one) => one !== undefined)
  return stated.length === 0 ? undefined : Math.min(...stated)
}

/** Content types that are looked at, and characters of all of them: they stand in the session, which every request reads. */
const mostTypes = 32
const longestTypes = 600

function shortList(types: readonly string[]): readonly string[] {
  let room = longestTypes
  return types.slice(0, mostTypes).filter((type) => {
    room -= type.length
    return room >= 0
  })
}

/** What requests look at later. */
export function hotCapabilities(agreed: CapabilityValues): AgreedCapabilities {
  const number = (name: string) => (agreed[name] ? Number(agreed[name][0]) : undefined)
  // A length that nothing has is a slip.
  const positive = (name: string) => number(name) || undefined
  const all = {
    parserSize: number('ParserSize'),
    serverPollMin: number('ServerPollMin'),
    deliveryMethod: agreed.InitialDeliveryMethod?.[0] as 'P' | 'N' | undefined,
    cirMethods: agreed.SupportedCIRMethod,
    multiTransPerMessage: number('MultiTransPerMessage'),
    contentTypes: agreed.AcceptedContentType && shortList(agreed.AcceptedContentType),
    anyContent: agreed.AnyContent?.[0] === 'T' || undefined,
    base64: agreed.AcceptedTransferEncoding?.some((one) => one.toUpperCase() === 'BASE64') || undefined,
    pushLength: least(positive('AcceptedPushLength'), positive('AcceptedContentLength')),
    textLength: positive('AcceptedTextContentLength'),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** The agreed list as content of CapabilityList (1.1) or AgreedCapabilityList (1.2 and later), with the addresses to use. */
export function agreedList(
  agreed: CapabilityValues,
  version: Version,
  session: Session,
  methods: readonly CirMethod[],
): ContentTree {
  const used = methods.filter((method) => agreed.SupportedCIRMethod?.includes(method.name))
  const addresses = Object.assign({}, ...used.map((method) => method.addresses(session))) as Record<string, string>
  const wrapped = Object.entries(addresses).map(([name, value]): [string, Content] => [name, wrapAddress(name, value)])
  const list: ContentTree = { ...agreed, ...Object.fromEntries(wrapped) }
  if (version !== '1.3' || !agreed.AcceptedContentType) return list
  return { ...list, AcceptedContentType: agreed.AcceptedContentType.map((type) => ({ ContentType: type })) }
}

const wrapAddress = (name: string, value: string): Content =>
  /^CIR(URL|HTTPAddress)$/.test(name) ? { URL: value } : value
