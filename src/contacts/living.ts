import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'

/** Those whose account is there. What was said of one that is gone is void, whoever has its name now. A read for each. */
export async function ofLivingAccounts<One extends Owner>(village: Village, all: readonly One[]): Promise<One[]> {
  const accounts = await inLots(all, ({ user }) => village.store.accounts.read(user))
  return all.filter(({ accountId }, index) => accounts[index]?.accountId === accountId)
}
