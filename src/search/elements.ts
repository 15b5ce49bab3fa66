import type { Version } from '../csp/versions.ts'
import { type Comparing, digitsOf, fold } from './texts.ts'

/** What a search is about: its elements are all of users, or all of groups. */
export type Kind = 'user' | 'group'

/** Texts by which a user or a group may be found, by search element, as they are compared. */
export type Texts = Readonly<Record<string, string>>

/** Turns what a client asks for into what texts are compared with; undefined for what no text can be. */
type Prepare = (text: string, domain: string) => string | undefined

/** An element by which one can search (2.2.5). */
export interface SearchElement {
  readonly kind: Kind
  readonly since: Version
  /** How it is looked up in the index; absent: it only narrows what others find. */
  readonly comparing?: Comparing
  /** It parts everybody into a few lots: what else is asked for comes first. */
  readonly isBroad?: boolean
  readonly prepare: Prepare
}

const folded: Prepare = (text) => fold(text) || undefined
const digits: Prepare = (text) => digitsOf(text) || undefined
const flag: Prepare = (text) => (/^[tf]$/i.test(text) ? text.toUpperCase() : undefined)
const age: Prepare = (text) => (/^\d{1,3}$/.test(text) ? text : undefined)

/** An address, or a part of one, without what all of this service have: `wv:` in front and the own domain. */
const address: Prepare = (text, domain) => {
  const bare = text.replace(/^wv:/i, '')
  const own = `@${domain}`
  return folded(bare.toLowerCase().endsWith(own) ? bare.slice(0, -own.length) : bare, domain)
}

const part = (kind: Kind, since: Version = '1.1', prepare = folded): SearchElement => ({
  kind,
  since,
  comparing: 'part',
  prepare,
})
const broad = (since: Version): SearchElement => ({
  kind: 'user',
  since,
  comparing: 'whole',
  isBroad: true,
  prepare: folded,
})
const narrowing = (since: Version, prepare: Prepare): SearchElement => ({ kind: 'user', since, prepare })
const ofUser = (since: Version): SearchElement => ({ kind: 'group', since, prepare: address })

export const searchElements: Readonly<Record<string, SearchElement>> = {
  USER_ID: part('user', '1.1', address),
  USER_FIRST_NAME: part('user'),
  USER_LAST_NAME: part('user'),
  USER_EMAIL_ADDRESS: part('user'),
  USER_ALIAS: { kind: 'user', since: '1.1', comparing: 'whole', prepare: folded },
  USER_ONLINE_STATUS: narrowing('1.1', flag),
  USER_MOBILE_NUMBER: part('user', '1.1', digits),
  USER_AGE_MIN: narrowing('1.3', age),
  USER_AGE_MAX: narrowing('1.3', age),
  USER_CITY: part('user', '1.3'),
  USER_COUNTRY: part('user', '1.3'),
  USER_FRIENDLY_NAME: part('user', '1.3'),
  USER_GENDER: broad('1.3'),
  USER_INTENTION: part('user', '1.3'),
  USER_INTERESTS_HOBBIES: part('user', '1.3'),
  USER_MARITAL_STATUS: broad('1.3'),
  GROUP_ID: part('group', '1.1', address),
  GROUP_NAME: part('group'),
  GROUP_TOPIC: part('group'),
  GROUP_USER_ID_JOINED: ofUser('1.1'),
  GROUP_USER_ID_OWNER: ofUser('1.1'),
  GROUP_USER_ID_AUTOJOIN: ofUser('1.2'),
}
