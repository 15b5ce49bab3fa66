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
