import type { Account } from '../src/accounts/account.ts'
import { parseUserAddress } from '../src/csp/address.ts'
import type { Village } from '../src/village.ts'
import { CommandError, UsageError } from './errors.ts'

/**
 * The account's name in what an operator writes: `ann`, `wv:ann`, `wv:ann@example.org`.
 *
 * @throws UsageError for what is no name, or one of another domain
 */
export function parseName(text: string, { settings: { domain } }: Village): string {
  const address = parseUserAddress(text, domain)
  if (!address) {
    throw new UsageError(`"${text}" is no user's name: 1 to 50 letters, digits and signs, without space, slash and @.`)
  }
  if (address.domain !== domain) {
    throw new UsageError(`"${text}" is of another domain; this service's is ${domain} (IMPS_DOMAIN).`)
  }
  return address.user
}

/** @throws UsageError as above, CommandError when there is no such account */
export async function findAccount(village: Village, name: string): Promise<Account> {
  const user = parseName(name, village)
  const account = await village.store.accounts.read(user)
  if (!account) throw new CommandError(`There is no account ${user}.`)
  return account
}
