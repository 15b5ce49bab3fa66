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
 *
 * @throws CspError 402 for a Name that is nobody's
 */
export function namedContacts(list: Element | undefined): NamedContact[] {
  const ofNickName = (one: Element): NamedContact[] => {
    const text = one.textOf('UserID') ?? one.find('User', 'UserID')?.text
    if (text !== undefined) return [{ text, name: nickname(one.textOf('Name')) }]
    if (one.textOf('Name') !== undefined) throw new CspError(402, 'A NickName has no UserID')
    return []
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
  const formerNames = { ...known?.formerNames, ...known?.names }
  return { user, accountId, address, ...(isEmpty(formerNames) ? {} : { formerNames }) }
}

const isEmpty = (names: Relation['names'] = {}): boolean => Object.keys(names).length === 0

export const withMember = (relation: Relation, { address }: Target, list: string, name: string): Relation => {
  const { names, ...rest } = withoutMember(relation, list)
  return { ...rest, address, names: { ...names, [list]: name } }
}

/** Off the list, whichever account is on it. */
export function withoutMember({ names, formerNames, ...rest }: Relation, list: string): Relation {
  const [kept, keptOfFormer] = [without(names, list), without(formerNames, list)]
  return {
    ...rest,
    ...(!isEmpty(kept) && { names: kept }),
    ...(!isEmpty(keptOfFormer) && { formerNames: keptOfFormer }),
  }
}

function without(names: Relation['names'] = {}, list: string): Readonly<Record<string, string>> {
  const { [list]: _, ...others } = names
  return others
}

/** True when nothing is said of the user any more. */
export const saysNothing = ({ names, formerNames, user: _, accountId: __, address: ___, ...rest }: Relation): boolean =>
  isEmpty(names) && isEmpty(formerNames) && Object.values(rest).every((one) => one === undefined || one === false)

/** True when the account that the relation is to was put on the list. */
export const isMember = ({ value: { names } }: Found<Relation>, list: string): boolean => names?.[list] !== undefined

/** The nickname of who stands on the list, be it an account that had the name before. */
const nameOn = ({ names, formerNames }: Relation, list: string): string | undefined =>
  names?.[list] ?? formerNames?.[list]

export const isListed = ({ value }: Found<Relation>, list: string): boolean => nameOn(value, list) !== undefined

/** The content of a NickList: Name and UserID of each (clients.md 17). */
export const nickListOf = (relations: Iterable<Found<Relation>>, list: string): ContentTree => ({
  NickName: [...relations].flatMap(({ value }) => {
    const Name = nameOn(value, list)
    return Name === undefined ? [] : [{ Name, UserID: value.address }]
  }),
})

/** @throws CspError 754 */
export function checkSize(members: number, most: number): void {
  if (members > most) throw new CspError(754)
}
