import type { Account } from '../../src/accounts/account.ts'
import type { Group } from '../../src/groups/group.ts'
import type { UserFacts } from '../../src/search/profile.ts'
import { changeFacts } from '../../src/search/userDirectory.ts'
import type { Item } from '../../src/store/table.ts'
import type { Village } from '../../src/village.ts'
import type { MemoryTable } from '../support/memoryTable.ts'
import type { Phone, Reply } from '../support/phone.ts'
import { addCheapAccount } from '../support/village.ts'

/** An account that may be found. */
export async function listed(village: Village, user: string, facts: UserFacts = {}): Promise<Account> {
  const account = (await village.store.accounts.read(user)) ?? (await addCheapAccount(village, user, 'pw'))
  await changeFacts(village, account, { searchable: true, ...facts })
  return account
}

export const search = (phone: Phone, pairs: Readonly<Record<string, string>>, SearchLimit = 50): Promise<Reply> =>
  phone.request('Search-Request', {
    SearchPairList: Object.entries(pairs).map(([SearchElement, SearchString]) => ({ SearchElement, SearchString })),
    SearchLimit,
  })

/** The users or groups that an answer names, or its code. */
export function found(reply: Reply): string[] | number {
  const result = reply.primitive?.child('SearchResult')
  if (reply.name !== 'Search-Response') return reply.code!
  const users = result?.child('UserList')?.all('User') ?? []
  return [...users.map((one) => one.textOf('UserID')!), ...(result?.child('GroupList')?.textsOf('GroupID') ?? [])]
}

/** The postings in the index: element, gram, and whose. */
export const postings = (table: MemoryTable): Item[] => table.items().filter(({ pk }) => pk.startsWith('find#'))

export const aGroup = (group: Partial<Group> & Pick<Group, 'key' | 'name'>): Group => ({
  id: `id of ${group.key}`,
  address: `wv:${group.key}`,
  restricted: false,
  type: 'Public',
  privateMessaging: true,
  searchable: true,
  autoDelete: false,
  history: false,
  createdAt: 0,
  version: 1,
  floor: 0,
  ...group,
})
