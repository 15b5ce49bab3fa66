import { resourceOf } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import type { ContentTree, Element } from '../csp/element.ts'
import { type Access, type ContactList, type Entities, listKey } from '../presence/access.ts'

/** The properties of a contact list that a client can set. */
export interface ListProperties {
  readonly displayName?: string
  readonly isDefault?: boolean
}

/** Characters of a DisplayName or nickname that are kept; phones show some fifty. */
const longestName = 200

/** @throws CspError 752 for a property that contact lists do not have, or a value that it cannot have */
export function parseProperties(properties: Element | undefined): ListProperties {
  let parsed: ListProperties = {}
  for (const property of properties?.all('Property') ?? []) {
    const name = property.textOf('Name') ?? ''
    const value = property.textOf('Value')
    if (/^DisplayName$/i.test(name)) parsed = { ...parsed, displayName: (value ?? '').slice(0, longestName) }
    else if (!/^Default$/i.test(name)) throw new CspError(752)
    else if (value === undefined || !/^[TF]$/i.test(value)) throw new CspError(752, 'Default is neither T nor F')
    else parsed = { ...parsed, isDefault: value.toUpperCase() === 'T' }
  }
  return parsed
}

/** The nickname of a NickName element, cut to what is kept. */
export const nickname = (text: string | undefined): string => (text ?? '').slice(0, longestName)

export interface NewList {
  /** By which it is kept. */
  readonly name: string
  readonly id: string
  readonly address: string
  readonly properties: ListProperties
}

/**
 * @param most lists that a user may have
 * @throws CspError 701 when there is one of that name, 753 when there are too many
 */
export function withList(access: Access, { name, id, address, properties }: NewList, most: number): Access {
  if (access.lists[name]) throw new CspError(701)
  if (Object.keys(access.lists).length >= most) throw new CspError(753)
  const listsCreated = access.listsCreated + 1
  const list: ContactList = { id, number: listsCreated, address }
  return withProperties({ ...access, lists: { ...access.lists, [name]: list }, listsCreated }, name, properties)
}

/** There is exactly one default list as soon as there is any: the first one; T moves it, F moves nothing. */
export function withProperties(access: Access, name: string, { displayName, isDefault }: ListProperties): Access {
  const list: ContactList = { ...access.lists[name]!, ...(displayName !== undefined && { displayName }) }
  const defaultList = isDefault ? name : (access.defaultList ?? name)
  return { ...access, lists: { ...access.lists, [name]: list }, defaultList }
}

/**
 * Without a list, which then keeps nobody out any more, nor lets anybody in. The oldest that is left becomes the default
 * list, if this was it.
 */
export function withoutList(before: Access, name: string): Access {
  const { [name]: _, ...lists } = before.lists
  const without = (entities: Entities): Entities => ({
    ...entities,
    ...(entities.contactLists && { contactLists: entities.contactLists.filter((one) => listKey(one) !== name) }),
  })
  const access: Access = {
    ...before,
    ...(before.blocked && { blocked: without(before.blocked) }),
    ...(before.granted && { granted: without(before.granted) }),
  }
  if (access.defaultList !== name) return { ...access, lists }
  const { defaultList: __, ...rest } = access
  const oldest = listsOf({ ...rest, lists })[0]?.[0]
  return { ...rest, lists, ...(oldest !== undefined && { defaultList: oldest }) }
}

/** Names and lists, oldest first. */
export const listsOf = ({ lists }: Access): [string, ContactList][] =>
  Object.entries(lists).sort(([, a], [, b]) => a.number - b.number)

/** The content of a ContactListProperties element. A list without a DisplayName is called by its name. */
export const propertiesOf = (access: Access, name: string): ContentTree => ({
  Property: [
    { Name: 'DisplayName', Value: access.lists[name]!.displayName ?? resourceOf(access.lists[name]!.address) },
    { Name: 'Default', Value: access.defaultList === name ? 'T' : 'F' },
  ],
})
