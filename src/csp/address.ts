/**
 * Addresses. User names are case-insensitive, `wv:` and the own domain may be missing on receipt and are
 * always written.
 */

/** The user part: printable ASCII without `/`, `@` and space; `+` only in front (a telephone number); 50 characters. */
const userPart = /^\+?[!-*,-.0-?A-~]{1,50}$/

/** A user's address, taken apart. */
export interface UserAddress {
  /** Lower case, without scheme and domain: the key of the account. */
  readonly user: string
  /** Lower case. */
  readonly domain: string
}

/**
 * Takes a UserID apart: `wv:Ann@Example.org`, `ann@example.org`, `wv:ann` and `ann` name the same user of the domain
 * example.org.
 *
 * @returns undefined when the text cannot be a user's address (resource parts, spaces, other characters, 50 and over)
 */
export function parseUserAddress(text: string, ownDomain: string): UserAddress | undefined {
  const bare = text.trim().replace(/^wv:/i, '')
  const at = bare.indexOf('@')
  const user = (at < 0 ? bare : bare.slice(0, at)).toLowerCase()
  const domain = (at < 0 ? ownDomain : bare.slice(at + 1)).toLowerCase()
  return userPart.test(user) && /^[a-z0-9.-]{1,253}$/.test(domain) ? { user, domain } : undefined
}

/** The address as it is sent: `wv:ann@example.org`. */
export const userAddress = (user: string, domain: string): string => `wv:${user}@${domain}`

/** The resource part of a contact list: printable, without `/`, `@` and white space; 80 characters. */
const listPart = /^[^/@\s\p{C}]{1,80}$/u

/** A contact list's address, taken apart. */
export interface ListAddress extends UserAddress {
  /** Lower case: lists compare without case. */
  readonly list: string
}

/**
 * Takes the address of a contact list (a private resource) apart: `wv:Ann/Friends@example.org`, `ann/friends` and
 * `wv:ann/FRIENDS` name the same list of the domain example.org.
 *
 * @returns undefined when the text cannot be a list's address (no list, a user's part that is none, white space in it)
 */
export function parseListAddress(text: string, ownDomain: string): ListAddress | undefined {
  const bare = text.trim().replace(/^wv:/i, '')
  const [, user, list, domain] = /^([^/@]*)\/([^@]*)(@.*)?$/s.exec(bare) ?? []
  if (user === undefined || list === undefined || !listPart.test(list)) return undefined
  const owner = parseUserAddress(user + (domain ?? ''), ownDomain)
  return owner && { ...owner, list: list.toLowerCase() }
}

/** A group's address, taken apart. */
export interface GroupAddress {
  /** Of a private group its owner, in lower case; of a group of the service, "". */
  readonly owner: string
  /** Lower case: groups compare without case. */
  readonly name: string
  readonly domain: string
}

/**
 * Takes a GroupID apart: `wv:Ann/Party@example.org`, `ann/party` and `wv:ann/PARTY` name the same private group of the
 * domain example.org; `wv:/lobby@example.org` a group of the service.
 *
 * @returns undefined when the text cannot be a group's address
 */
export function parseGroupAddress(text: string, ownDomain: string): GroupAddress | undefined {
  const [, name, domain] = /^(?:wv:)?\/([^@]*)(?:@(.*))?$/is.exec(text.trim()) ?? []
  if (name !== undefined) {
    const isGroup = listPart.test(name) && (domain === undefined || /^[a-z0-9.-]{1,253}$/i.test(domain))
    return isGroup ? { owner: '', name: name.toLowerCase(), domain: (domain ?? ownDomain).toLowerCase() } : undefined
  }
  const address = parseListAddress(text, ownDomain)
  return address && { owner: address.user, name: address.list, domain: address.domain }
}

/** The resource part of a contact list's address, as written: `Friends` of `wv:ann/Friends@example.org`. */
export const resourceOf = (address: string): string => address.replace(/^[^/]*\//, '').replace(/@[^@]*$/, '')

/** The address with its scheme, otherwise as it was written: `wv:` in lower case is put in front where it is missing. */
export function withScheme(text: string): string {
  const address = text.trim()
  return /^wv:/i.test(address) ? address : `wv:${address}`
}
