import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'

export interface PresenceAttribute {
  readonly name: string
  /** Since this version. */
  readonly since: Version
  /** 1.3: belongs to a client (session) of the user and may repeat. */
  readonly perClient: boolean
}

const ofClient = (name: string): PresenceAttribute => ({ name, since: '1.1', perClient: true })
const ofUser = (name: string, since: Version = '1.1'): PresenceAttribute => ({ name, since, perClient: false })

/** The presence attributes (2.4.1) in the order of PresenceSubList. Append only: the place is the bit that is stored. */
export const presenceAttributes: readonly PresenceAttribute[] = [
  ofClient('OnlineStatus'),
  ofClient('Registration'),
  ofClient('ClientInfo'),
  ofClient('TimeZone'),
  ofClient('GeoLocation'),
  ofUser('Address'),
  ofClient('FreeTextLocation'),
  ofClient('PLMN'),
  ofClient('CommCap'),
  ofUser('UserAvailability'),
  ofUser('PreferredContacts'),
  ofUser('PreferredLanguage'),
  ofUser('StatusText'),
  ofUser('StatusMood'),
  ofUser('Alias'),
  ofUser('StatusContent'),
  ofUser('ContactInfo'),
  ofUser('InfoLink', '1.2'),
]

/** A set of attributes as a bit set, small enough to be stored as a number. */
export type AttributeSet = number

const bits: ReadonlyMap<string, AttributeSet> = new Map(presenceAttributes.map(({ name }, place) => [name, 1 << place]))

export const noAttributes: AttributeSet = 0

/** The set of the attributes with these names; names of no attribute are ignored. */
export function attributeSet(names: Iterable<string>): AttributeSet {
  let set = noAttributes
  for (const name of names) set |= bits.get(name) ?? noAttributes
  return set
}

export const allAttributes: AttributeSet = attributeSet(bits.keys())

/** Those that 1.3 tells of each client of a user. */
export const perClientAttributes: AttributeSet = attributeSet(
  presenceAttributes.filter(({ perClient }) => perClient).map(({ name }) => name),
)

export const holds = (set: AttributeSet, name: string): boolean => (set & (bits.get(name) ?? noAttributes)) !== 0

/** The attributes of a set, in the order of PresenceSubList. */
export const attributesOf = (set: AttributeSet): PresenceAttribute[] =>
  presenceAttributes.filter(({ name }) => holds(set, name))

/**
 * The attribute that an element of a PresenceSubList is called after.
 *
 * @throws CspError 750 when the version knows none of that name
 */
export function knownAttribute(name: string, version: Version): PresenceAttribute {
  const known = presenceAttributes.find((one) => one.name === name && isAtLeast(version, one.since))
  if (!known) throw new CspError(750, `${name.slice(0, longestNameToldOf)} is no presence attribute of ${version}`)
  return known
}

/** A name nobody knows is told back in the refusal, but not at any length. */
const longestNameToldOf = 50

/**
 * The attributes that a PresenceSubList names (what is in them is not looked at).
 *
 * @returns undefined when the list is absent or empty: all attributes
 * @throws CspError 750 naming an attribute that the version does not know
 */
export function namedAttributes(list: Element | undefined, version: Version): AttributeSet | undefined {
  if (!list || list.children.length === 0) return undefined
  return attributeSet(list.children.map(({ name }) => knownAttribute(name, version).name))
}
