import { CspError } from '../csp/cspError.ts'
import type { ContentTree, Element } from '../csp/element.ts'
import { type Access, type Entities, listKey, type Relation, type Side } from '../presence/access.ts'

/** What a BlockEntity-Request wants of one list. Absent parts stay as they are. */
export interface ListChange {
  readonly inUse?: boolean
  /** Users as written. */
  readonly addUsers: readonly string[]
  readonly removeUsers: readonly string[]
  readonly add: Entities
  readonly remove: Entities
  /** The list is to hold exactly what is added. */
  readonly replaces: boolean
}

/**
 * What a BlockList or GrantList element asks for. COMPAT(LWB 078): an empty InUse, AddList or RemoveList changes nothing.
 *
 * @param inUse 1.3 has the flag beside the list
 */
export function parseListChange(list: Element | undefined, inUse: boolean | undefined): ListChange {
  const whole = list?.child('EntityList')
  const added = whole ?? list?.child('AddList')
  const removed = list?.child('RemoveList')
  const use = list?.flagOf('InUse') ?? inUse
  return {
    ...(use !== undefined && { inUse: use }),
    addUsers: usersOf(added),
    removeUsers: usersOf(removed),
    add: entitiesOf(added),
    remove: entitiesOf(removed),
    replaces: whole !== undefined,
  }
}

/** COMPAT: a user may stand as `User/UserID`. */
const usersOf = (list: Element | undefined): string[] =>
  list ? [...list.textsOf('UserID'), ...list.all('User').flatMap((one) => one.textOf('UserID') ?? [])] : []

/** Entities of a kind, none of them users, that a list may hold, and bytes of each: Nokia's have 50. One item has them all. */
const entitiesMax = 100
const longest = 150

function entitiesOf(list: Element | undefined): Entities {
  if (!list) return {}
  const texts = (name: string) => list.textsOf(name).map(checked)
  const screenNames = list.all('ScreenName').map((one) => ({
    SName: checked(one.textOf('SName') ?? ''),
    GroupID: checked(one.textOf('GroupID') ?? ''),
  }))
  return {
    groups: texts('GroupID'),
    screenNames,
    contactLists: texts('ContactList'),
    applications: texts('ApplicationID'),
  }
}

function checked(text: string): string {
  if (text === '' || Buffer.byteLength(text) > longest)
    throw new CspError(402, `An entity has no text, or over ${longest} bytes`)
  return text
}

/** The list's own part in what a user has said of all others: its switch, and entities that are no users. @throws CspError 402 */
export function withListChange(access: Access, side: Side, { inUse, add, remove, replaces }: ListChange): Access {
  const switchName = side === 'blocked' ? 'blockListInUse' : 'grantListInUse'
  return {
    ...access,
    ...(inUse !== undefined && { [switchName]: inUse }),
    [side]: merged(replaces ? {} : (access[side] ?? {}), add, remove),
  }
}

function merged(before: Entities, add: Entities, remove: Entities): Entities {
  const names = ['groups', 'screenNames', 'contactLists', 'applications'] as const
  const lists = names.map((name) => {
    const keyOf = name === 'contactLists' ? listKeyOf : entityKeyOf
    const gone = new Set((remove[name] ?? []).map(keyOf))
    const left = (before[name] ?? []).filter((one) => !gone.has(keyOf(one)))
    // What is added and removed at once is there, as a user is.
    const kept = new Map([...left, ...(add[name] ?? [])].map((one) => [keyOf(one), one]))
    return [name, [...kept.values()]] as const
  })
  if (lists.some(([, list]) => list.length > entitiesMax))
    throw new CspError(402, `A list holds ${entitiesMax} groups, screen names or contact lists at most`)
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0))
}

type Entity = string | { readonly SName: string; readonly GroupID: string }

/** Groups and screen names compare without case, contact lists with or without domain as well (clients.md 20). */
const entityKeyOf = (entity: Entity): string =>
  (typeof entity === 'string' ? entity : JSON.stringify([entity.SName, entity.GroupID])).toLowerCase()

const listKeyOf = (entity: Entity): string => listKey(String(entity))

/** The content of an EntityList. */
export const entityListOf = (access: Access, relations: Iterable<Relation>, side: Side): ContentTree => {
  const { groups = [], screenNames = [], contactLists = [], applications = [] } = access[side] ?? {}
  return {
    UserID: [...relations].filter((one) => one[side]).map(({ address }) => address),
    ScreenName: screenNames,
    GroupID: groups,
    ContactList: contactLists,
    ApplicationID: applications,
  }
}
