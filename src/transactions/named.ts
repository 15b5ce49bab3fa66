import { parseListAddress, parseUserAddress, withScheme } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import { type Access, type ContactList, decides, listKey } from '../presence/access.ts'
import { inLots } from '../presence/lots.ts'
import type { Target } from '../presence/subscribing.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Outcome } from './outcome.ts'

/**
 * The users that a request names, as written: `User/UserID` or `UserID` in 1.1 and 1.2, in a `UserIDList` in 1.3; each
 * form is taken in every version.
 */
export const namedUsers = (request: Element): string[] => [
  ...request.all('User').flatMap((user) => user.textOf('UserID') ?? []),
  ...request.textsOf('UserID'),
  ...request.all('UserIDList').flatMap((list) => list.textsOf('UserID')),
]

/** The contact lists that a request names, as written; 1.3 wraps them in a `ContactListIDList`. */
export const namedLists = (request: Element): string[] => [
  ...request.textsOf('ContactList'),
  ...request.all('ContactListIDList').flatMap((list) => list.textsOf('ContactList')),
]

/** The account name in a UserID. Undefined for what can be nobody's, and for other domains. */
export function userIn(village: Village, text: string): string | undefined {
  const { domain } = village.settings
  const address = parseUserAddress(text, domain)
  return address?.domain === domain ? address.user : undefined
}

/** The account names in UserIDs, each once, whether or not there is such an account. @throws CspError 402 for too many */
export function usersIn(village: Village, texts: readonly string[]): string[] {
  const users = [...new Set(texts.flatMap((text) => userIn(village, text) ?? []))]
  checkNumber(users)
  return users
}

/**
 * The accounts of the users that are named, each once. Who cannot be found is a failure: 531, in another domain 516.
 *
 * @param texts UserIDs as written
 */
export async function findUsers(village: Village, texts: readonly string[], outcome: Outcome): Promise<FoundUser[]> {
  const different = [...new Map(texts.map((text) => [userIn(village, text) ?? text, text])).values()]
  checkNumber(different)
  const found = await inLots(different, (text) => findUser(village, text))
  const targets: FoundUser[] = []
  for (const [index, one] of found.entries()) {
    if (typeof one === 'number') outcome.fail(one, 'UserID', different[index]!)
    else targets.push(one)
  }
  return targets
}

/** The account of a user that was named. */
export interface FoundUser extends Target {
  /** As written. */
  readonly text: string
  readonly disabled: boolean
}

/** Users that one request may name: what it does for each takes its time. */
const usersMax = 1000

function checkNumber(users: readonly string[]): void {
  if (users.length > usersMax) throw new CspError(402, `More than ${usersMax} users are named`)
}

async function findUser(village: Village, text: string): Promise<FoundUser | 516 | 531> {
  const { domain } = village.settings
  const address = parseUserAddress(text, domain)
  if (!address) return 531
  if (address.domain !== domain) return 516
  const account = await village.store.accounts.read(address.user)
  if (!account) return 531
  const { user, accountId, disabled = false } = account
  return { user, accountId, address: withScheme(text), text, disabled }
}

/** A contact list of the session's user, by the name by which it is kept. */
export interface NamedList {
  readonly name: string
  readonly list: ContactList
  /** As written, `wv:` in front. */
  readonly address: string
  /** Its members may see more or less than others. */
  readonly decides: boolean
}

/** The name of a list of the session's own user, by which it is kept. @throws CspError 752 for the list of somebody else */
export function ownListName(village: Village, { user }: Pick<Session, 'user'>, text: string): string {
  const { domain } = village.settings
  const address = parseListAddress(text, domain)
  if (!address || address.user !== user || address.domain !== domain)
    throw new CspError(752, 'ContactList is no list of this user')
  return listKey(text)
}

/** The list that is named. @throws CspError 700 when there is none, 752 when it is somebody else's */
export function findList(village: Village, session: Session, access: Access, text: string): NamedList {
  const name = ownListName(village, session, text)
  const list = access.lists[name]
  if (!list) throw new CspError(700)
  return { name, list, address: withScheme(text), decides: decides(access, name) }
}

/** The lists that are named; those that cannot be found are failures. */
export function findLists(
  village: Village,
  session: Session,
  access: Access,
  texts: readonly string[],
  outcome: Outcome,
): NamedList[] {
  return texts.flatMap((text) => {
    try {
      return findList(village, session, access, text)
    } catch (error) {
      if (!(error instanceof CspError)) throw error
      outcome.fail(error.code, 'ContactList', text)
      return []
    }
  })
}
