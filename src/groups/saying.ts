import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'
import type { Said } from './joining.ts'

/** What a user says of a group for himself: kept with the account. Nothing is written when nothing is said. */
export async function sayOwn(
  village: Village,
  { accountId }: Pick<Session, 'accountId'>,
  { id: groupId, key }: Pick<Group, 'id' | 'key'>,
  address: string,
  said: Said,
): Promise<void> {
  if (Object.keys(said).length > 0) await village.store.ownProperties.set(accountId, { groupId, key, address, ...said })
}
