import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'

/**
 * Members and rejected users, but for those whose accounts are gone: they mean nothing, and a new account of such a name
 * has nothing to do with them. Half a read each.
 */
export async function withAccounts<One extends Pick<Owner, 'user' | 'accountId'>>(
  { store }: Village,
  all: readonly One[],
): Promise<One[]> {
  const accounts = await inLots(all, ({ user }) => store.accounts.read(user))
  return all.filter(({ accountId }, index) => accounts[index]?.accountId === accountId)
}
