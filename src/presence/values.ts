import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import type { Version } from '../csp/versions.ts'
import { knownAttribute } from './attributes.ts'

/** A value as it is stored and sent: children by name (text, structure, or a list of them). Always has Qualifier 'T' or 'F'. */
export interface PresenceValue {
  readonly [child: string]: string | PresenceValue | readonly (string | PresenceValue)[]
}

/** The text as it is stored; undefined when it is none of its kind. It is handed trimmed texts that are not empty. */
type Check = (text: string) => string | undefined

/** What may stand in an attribute or in a structure below it; children that are not listed are not looked at. */
interface Kind {
  readonly children: Readonly<Record<string, Check | Kind>>
  /** Without one of these it is no value at all (751). */
  readonly needs?: readonly string[]
  /** Alternatives: only the first of them counts, and without any it says nothing. */
  readonly oneOf?: readonly string[]
  /** Children that are lists. */
  readonly lists?: readonly string[]
  /** Children that say something when they stand there empty: a text that was deleted. */
  readonly clearable?: readonly string[]
}

const longestNumber = 32

const text: Check = (value) => value
const like =
  (form: RegExp): Check =>
  (value) =>
    form.test(value) ? value : undefined
const among =
  (...spelling: string[]): Check =>
  (value) =>
    spelling.find((one) => one === value.toUpperCase())

const flag = among('T', 'F')
const openOrClosed = among('OPEN', 'CLOSED')
const whole = like(/^\d{1,10}$/)
const integer = like(/^-?\d{1,10}$/)
const metres: Check = (value) =>
  value.length <= longestNumber && /^[+-]?\d+(?:[.,]\d+)?$/.test(value) ? value : undefined
/** `24 57 32.5E`, `60.17°N`, in whatever notation. */
const coordinate = like(/^(?=.*\d)[\d .,°'"NSEW+-]+$/i)
/** `+02`, `-0330`, `+05:30`. */
const utcOffset = like(/^[+-](?:0?\d|1[0-4])(?::?[0-5]\d)?$/)
/** ISO 639, two or three letters, and a region if need be: `fin`, `pt-BR`. */
const language = like(/^[a-z]{2,3}(?:[-_](?:[a-z]{2}|\d{3}))?$/i)
const country = like(/^[a-z]{2,3}$/i)
const bareBase64 = like(/^(?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}(?:==)?|[a-z\d+/]{3}=?)?$/i)
/** Line breaks in it say nothing. */
const base64: Check = (value) => bareBase64(value.replace(/\s+/g, ''))
const clientType = among('MOBILE_PHONE', 'COMPUTER', 'PDA', 'CLI', 'OTHER')
const capability = among(
  ...['CALL', 'SMS', 'MMS', 'IM', 'EMAIL', 'AUDIO_CALL', 'VIDEO_CALL', 'VIDEO_STREAM', 'IM_ONLINE', 'IM_OFFLINE'],
)
const availability = among('AVAILABLE', 'NOT_AVAILABLE', 'DISCREET')
const mood = among(
  ...['HAPPY', 'SAD', 'ANGRY', 'JEALOUS', 'ASHAMED', 'INVINCIBLE', 'IN_LOVE', 'SLEEPY', 'BORED', 'EXCITED', 'ANXIOUS'],
)

const plain = (check: Check): Kind => ({ children: { PresenceValue: check } })
const freeText: Kind = { children: { PresenceValue: text }, clearable: ['PresenceValue'] }

const acceptedContentType: Kind = {
  children: { ContentType: text, AcceptedRichContentLength: whole, ContentPolicy: text, ContentPolicyLimit: whole },
  needs: ['ContentType'],
}
const contentLimit: Kind = {
  children: {
    AcceptedContentType: acceptedContentType,
    AnyContent: flag,
    AcceptedTextContentLength: whole,
    AcceptedTransferEncoding: text,
    MaxPullLength: whole,
    MaxPushLength: whole,
    PlainTextCharset: text,
  },
  lists: ['AcceptedContentType', 'AcceptedTransferEncoding', 'PlainTextCharset'],
}
const communication: Kind = {
  children: { Cap: capability, Status: openOrClosed, Contact: text, Note: text },
  needs: ['Cap', 'Status'],
}
const preference: Kind = {
  children: { PrefC: capability, Caddr: text, Cstatus: openOrClosed, Cname: text, Cpriority: integer },
  needs: ['PrefC', 'Caddr'],
}
const link: Kind = { children: { Link: text, Text: text, ContentType: text }, needs: ['Link'] }

/** What each attribute may say (2.4.1), besides its Qualifier. */
const kinds: Readonly<Record<string, Kind>> = {
  OnlineStatus: plain(flag),
  Registration: plain(flag),
  ClientInfo: {
    children: {
      ClientContentLimit: contentLimit,
      ClientType: clientType,
      DevManufacturer: text,
      ClientProducer: text,
      Model: text,
      ClientVersion: text,
      Language: language,
      ClientIMPriority: whole,
      ApplicationID: text,
    },
  },
  TimeZone: { children: { Zone: utcOffset } },
  GeoLocation: { children: { Longitude: coordinate, Latitude: coordinate, Altitude: metres, Accuracy: metres } },
  Address: {
    children: {
      Country: country,
      City: text,
      Street: text,
      Crossing1: text,
      Crossing2: text,
      Building: text,
      NamedArea: text,
      Accuracy: metres,
    },
  },
  FreeTextLocation: freeText,
  PLMN: freeText,
  CommCap: { children: { CommC: communication }, lists: ['CommC'] },
  UserAvailability: plain(availability),
  PreferredContacts: { children: { AddrPref: preference }, lists: ['AddrPref'] },
  PreferredLanguage: plain(language),
  StatusText: freeText,
  StatusMood: plain(mood),
  Alias: freeText,
  StatusContent: {
    children: { DirectContent: base64, ReferredContent: text, ContentType: text },
    oneOf: ['DirectContent', 'ReferredContent'],
  },
  ContactInfo: {
    children: { ContainedvCard: text, ReferredvCard: text },
    oneOf: ['ContainedvCard', 'ReferredvCard'],
  },
  InfoLink: { children: { Inf_link: link }, lists: ['Inf_link'] },
}

/**
 * Other spellings of a child.
 *
 * COMPAT(Nokia S60): `CName` in 1.1. COMPAT(1.1 example messages): `PreferredContent`, `PreferredvCard`.
 */
const otherSpellings: Readonly<Record<string, string>> = {
  Cname: 'CName',
  ReferredContent: 'PreferredContent',
  ReferredvCard: 'PreferredvCard',
}

/**
 * The values that a PresenceSubList states, by attribute name. An attribute that says nothing is not among them; of one
 * that stands there several times the last that says something counts.
 *
 * @param maxBytes most bytes of one value, as JSON in UTF-8
 * @throws CspError 750 for an attribute the version does not know, 751 for a value that is none of its kind (nothing is applied then)
 */
export function parseValues(list: Element, version: Version, maxBytes: number): ReadonlyMap<string, PresenceValue> {
  const values = new Map<string, PresenceValue>()
  for (const attribute of list.children) {
    const { name } = knownAttribute(attribute.name, version)
    const value = parseAttribute(attribute)
    if (!value) continue
    if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) refuse(`${name} is larger than ${maxBytes} bytes`)
    values.set(name, value)
  }
  return values
}

/** Undefined when it says nothing: some clients send the Qualifier alone (clients.md 22). */
function parseAttribute(attribute: Element): PresenceValue | undefined {
  const { name } = attribute
  const qualifier = flag(attribute.textOf('Qualifier') ?? 'T')
  if (!qualifier) return refuse(`Qualifier of ${name} is neither T nor F`)
  if (qualifier === 'F') return { Qualifier: 'F' }
  const said = parseChildren(attribute, kinds[name]!)
  return said && { Qualifier: 'T', ...said }
}

/** What an element says by its children; undefined when that is nothing. */
function parseChildren(parent: Element, kind: Kind): PresenceValue | undefined {
  const { oneOf = [], lists = [] } = kind
  const stated = Object.keys(kind.children).flatMap((name): [string, PresenceValue[string]][] => {
    const values = valuesOf(parent, name, kind)
    if (values.length === 0) return []
    return [[name, lists.includes(name) ? values : values[0]!]]
  })
  const first = oneOf.find((name) => stated.some(([one]) => one === name))
  if (oneOf.length > 0 && first === undefined) return undefined
  const kept = stated.filter(([name]) => name === first || !oneOf.includes(name))
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

/** The values of all children of that name that say something. */
function valuesOf(parent: Element, name: string, kind: Kind): (string | PresenceValue)[] {
  const found = parent.child(name) ? parent.all(name) : parent.all(otherSpellings[name] ?? name)
  const is = kind.children[name]!
  const isClearable = kind.clearable?.includes(name) ?? false
  return found.flatMap((child): (string | PresenceValue)[] => {
    const value = typeof is === 'function' ? parseText(parent, child, is, isClearable) : parseStructure(child, is)
    return value === undefined ? [] : [value]
  })
}

function parseText(parent: Element, child: Element, check: Check, isClearable: boolean): string | undefined {
  if (child.children.length > 0) return refuse(`${child.name} of ${parent.name} is not valid`)
  if (child.text === undefined) return isClearable ? '' : undefined
  return check(child.text) ?? refuse(`${child.name} of ${parent.name} is not valid`)
}

/** An empty structure counts as absent; one that says something has to say what it needs to. */
function parseStructure(element: Element, kind: Kind): PresenceValue | undefined {
  if (element.children.length === 0 && element.text === undefined) return undefined
  const said = parseChildren(element, kind)
  const missing = kind.needs?.find((name) => said?.[name] === undefined)
  return missing ? refuse(`${element.name} has no ${missing}`) : said
}

function refuse(description: string): never {
  throw new CspError(751, description)
}
