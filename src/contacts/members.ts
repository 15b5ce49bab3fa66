import { CspError } from '../csp/cspError.ts'
import type { ContentTree, Element } from '../csp/element.ts'
import type { Relation } from '../presence/access.ts'
import type { Target } from '../presence/subscribing.ts'
import type { Found } from '../store/access.ts'
import { nickname } from './lists.ts'

/** A contact as a client names it. */
export interface NamedContact {
  /** The UserID as written. */
  readonly text: string
  readonly name: string
}

/**
 * The contacts of a NickList or AddNickList. COMPAT(Android 1.0): `NickName` holds `User/UserID`, the reference says
 * `UserID` (clients.md 18).
 */
export function namedContacts(list: Element | undefined): NamedContact[] {
  const ofNickName = (one: Element): NamedContact[] => {
    const text = one.textOf('UserID') ?? one.find('User', 'UserID')?.text
    return text === undefined ? [] : [{ text, name: nickname(one.textOf('Name')) }]
  }
  return (list?.children ?? []).flatMap((one) => {
    if (one.name === 'NickName') return ofNickName(one)
    return one.name === 'UserID' && one.text !== undefined ? [{ text: one.text, name: '' }] : []
  })
}

/** What is known of a user, as of the account that has that name now: what was said of an earlier one is void. */
export function relationTo(found: Found<Relation> | undefined, { user, accountId, address }: Target): Relation {
  const known = found?.value
  if (known?.accountId === accountId) return known
  return { user, accountId, address, ...(known?.names && { names: known.names }) }
}

export const withMember = (relation: Relation, { address }: Target, list: string, name: string): Relation => ({
  ...relation,
  address,
  names: { ...relation.names, [list]: name },
})

export function withoutMember(relation: Relation, list: string): Relation {
  const { [list]: _, ...names } = relation.names ?? {}
  return { ...relation, names }
}

/** True when nothing is said of the user any more. */
export const saysNothing = ({ names, user: _, accountId: __, address: ___, ...rest }: Relation): boolean =>
  Object.keys(names ?? {}).length === 0 && Object.values(rest).every((one) => one === undefined || one === false)

export const isMember = ({ value: { names } }: Found<Relation>, list: string): boolean => names?.[list] !== undefined

/** The content of a NickList: Name and UserID of each (clients.md 17). */
export const nickListOf = (relations: Iterable<Found<Relation>>, list: string): ContentTree => ({
  NickName: [...relations]
    .filter((one) => isMember(one, list))
    .map(({ value }) => ({ Name: value.names![list]!, UserID: value.address })),
})

/** @throws CspError 754 */
export function checkSize(members: number, most: number): void {
  if (members > most) throw new CspError(754)
}
