import { resourceOf } from '../csp/address.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'
import type { NotificationSet } from '../notifications/types.ts'
import { type AttributeSet, allAttributes, noAttributes } from './attributes.ts'

/** Entities of a block or grant list that are no users, as the client wrote them. Users stand in their relations. */
export interface Entities {
  readonly groups?: readonly string[]
  readonly screenNames?: readonly { readonly SName: string; readonly GroupID: string }[]
  /** 1.3: lists of the owner. Their members count like users. */
  readonly contactLists?: readonly string[]
  readonly applications?: readonly string[]
}

/** A contact list. Its members stand in the relations. */
export interface ContactList {
  /** What relations and sessions call it: a list that is created anew under an old name is another one. */
  readonly id: string
  /** Lists are given back in the order in which they were created. */
  readonly number: number
  /** As the client that created it wrote it, `wv:` in front (clients.md 20). */
  readonly address: string
  readonly displayName?: string
  /** The attribute list of its members: what they may see. */
  readonly attributes?: AttributeSet
  /** 1.3's ContactListNotify. */
  readonly notify?: boolean
}

/** What a user has said of all others: contact lists, and who may see what. One item. */
export interface Access {
  /** By name in lower case with a stroke in front, in no order. */
  readonly lists: Readonly<Record<string, ContactList>>
  /** How many lists were ever created. */
  readonly listsCreated: number
  /** The name of the default list; absent only while there are no lists. */
  readonly defaultList?: string
  /** The attribute list of everybody else. */
  readonly attributes?: AttributeSet
  /** 1.3's DefaultNotify. */
  readonly notify?: boolean
  readonly blockListInUse?: boolean
  readonly grantListInUse?: boolean
  readonly blocked?: Entities
  readonly granted?: Entities
  /** 1.3: the events that some session of the user has ever subscribed to: without it nobody need be looked for. */
  readonly notifications?: NotificationSet
}

export const noAccess: Access = { lists: {}, listsCreated: 0 }

/**
 * How a PresenceAuth-Request was answered: accepted, refused, or accepted and cancelled later. What is cancelled leaves
 * the user to what is said of contact lists and everybody.
 */
export type AuthorisationAnswer = 'GRANTED' | 'DENIED' | 'CANCELLED'

/** What a user (the owner) has said of one other. */
export interface Relation {
  /** The other's account name, and its incarnation: what was said of one account says nothing about the next. */
  readonly user: string
  readonly accountId: string
  /** As the owner's client wrote it, `wv:` in front. */
  readonly address: string
  /** The nickname by contact list (its id); a member without one has ''. */
  readonly names?: Readonly<Record<string, string>>
  /** The same of the account that had the name before: it stays on these lists, and brings nothing to this one. */
  readonly formerNames?: Readonly<Record<string, string>>
  /** The attribute list for this user. */
  readonly attributes?: AttributeSet
  /** 1.3's UserNotify. */
  readonly notify?: boolean
  readonly answer?: AuthorisationAnswer
  /** What the answer allows; absent: everything. */
  readonly answerAttributes?: AttributeSet
  readonly blocked?: boolean
  readonly granted?: boolean
}

/** What a user may see of another. */
export interface Judgement {
  readonly visible: AttributeSet
  /** False when nothing at all was said that covers the user: then the owner is asked (reactive authorisation). */
  readonly covered: boolean
  /** True when an answer to a question was cancelled later. */
  readonly isCancelled: boolean
}

/** Which of the two lists: who is kept out, or who alone is let in. */
export type Side = 'blocked' | 'granted'

/** The name by which a contact list is kept: lower case, with a stroke in front, which no property of every object has. */
export const listKey = (address: string): string => `/${resourceOf(address.trim()).toLowerCase()}`

/** True when members of the contact list may see more or less than others: whoever comes or goes has to be judged anew. */
export const decides = (access: Access, name: string): boolean =>
  access.lists[name]?.attributes !== undefined ||
  [access.blocked, access.granted].some((one) => listsAmong(one).includes(name))

/** The contact lists among the entities, by the names by which they are kept. */
const listsAmong = (entities: Entities | undefined): string[] => (entities?.contactLists ?? []).map(listKey)

/** Refused by the block list or, where it is in use, for want of a grant. Block wins over grant. */
export function isRefused(access: Access, relation: Relation | undefined, as?: InGroup): boolean {
  if (access.blockListInUse && (isOn(access, relation, 'blocked') || isNamedOn(access.blocked, as))) return true
  return access.grantListInUse === true && !isOn(access, relation, 'granted') && !isNamedOn(access.granted, as)
}

/** Who somebody is in a group. */
export interface InGroup {
  /** A GroupID. */
  readonly group: string
  readonly screenName: string
}

/** On the list by name, or as a member of a contact list that is. */
function isOn(access: Access, relation: Relation | undefined, side: Side): boolean {
  if (relation?.[side]) return true
  return listsAmong(access[side]).some((name) => isMember(relation, access.lists[name]))
}

/** What is said in a group is kept out by the block list alone: groups are joined by choice, and need no grant. */
export const isBlockedInGroup = (access: Access, group: string, screenName: string): boolean =>
  access.blockListInUse === true && isNamedOn(access.blocked, { group, screenName })

/** True when a group is on the list, or somebody in it by the screen name. */
function isNamedOn({ groups = [], screenNames = [] }: Entities = {}, as: InGroup | undefined): boolean {
  if (!as) return false
  const { group, screenName } = as
  const isSame = (one: string) => sameGroup(one) === sameGroup(group)
  const isName = (one: string) => one.toLowerCase() === screenName.toLowerCase()
  return groups.some(isSame) || screenNames.some(({ SName, GroupID }) => isName(SName) && isSame(GroupID))
}

/** Group addresses compare without case, scheme and domain: the lists of a user hold groups of the own domain. */
const sameGroup = (address: string): string =>
  address
    .trim()
    .toLowerCase()
    .replace(/^wv:/, '')
    .replace(/@[^@]*$/, '')

const isMember = (relation: Relation | undefined, list: ContactList | undefined): boolean =>
  list !== undefined && relation?.names?.[list.id] !== undefined

/**
 * What the owner of `access` lets a user see: nothing when refused; otherwise what is said of the user alone, else of the
 * contact lists that hold the user (their union), else of everybody.
 *
 * @param relation of the owner to that user, when there is one
 * @param accountId the user's incarnation
 */
export function judge(access: Access, relation: Relation | undefined, accountId: string): Judgement {
  const said = relation?.accountId === accountId ? relation : undefined
  const isCancelled = said?.answer === 'CANCELLED'
  if (isRefused(access, said)) return { visible: noAttributes, covered: true, isCancelled }
  const visible = ofUser(said) ?? ofLists(access, said) ?? access.attributes
  return { visible: visible ?? noAttributes, covered: visible !== undefined, isCancelled }
}

/** What users see of themselves. */
export const ownJudgement: Judgement = { visible: allAttributes, covered: true, isCancelled: false }

const ofUser = (said: Relation | undefined): AttributeSet | undefined => said?.attributes ?? answered(said)

function answered(said: Relation | undefined): AttributeSet | undefined {
  if (said?.answer === undefined || said.answer === 'CANCELLED') return undefined
  return said.answer === 'GRANTED' ? (said.answerAttributes ?? allAttributes) : noAttributes
}

/**
 * The attribute list for a user as a version knows it: 1.3 has no other way to read what was answered, or allowed by
 * AuthorizeAndGrant, nor to take it back.
 */
export const attributeListOf = (relation: Relation, version: Version): AttributeSet | undefined =>
  isAtLeast(version, '1.3') ? ofUser(relation) : relation.attributes

/** Without that attribute list. */
export function withoutAttributeList(relation: Relation, version: Version): Relation {
  const { attributes: _, notify: __, ...rest } = relation
  if (!isAtLeast(version, '1.3')) return rest
  const { answer: ___, answerAttributes: ____, ...others } = rest
  return others
}

function ofLists(access: Access, said: Relation | undefined): AttributeSet | undefined {
  const sets = Object.values(access.lists)
    .filter((list) => list.attributes !== undefined && isMember(said, list))
    .map(({ attributes }) => attributes!)
  return sets.length === 0 ? undefined : sets.reduce((all, one) => all | one, noAttributes)
}
