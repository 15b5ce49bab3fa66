import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'
import type { Group, Leaving } from './group.ts'
import { leave } from './leaving.ts'

/**
 * Puts a user out of a group, wherever he is joined. He may not come back before: what keeps him out is written first.
 *
 * @param actor the session that does it: who goes is no news for it
 */
export async function putOutUser(
  village: Village,
  group: Group,
  { accountId }: Pick<Owner, 'accountId'>,
  code: NonNullable<Leaving['code']>,
  actor?: string,
): Promise<void> {
  const joined = await village.store.rooms.joined(group.id)
  for (const one of joined.filter((other) => other.accountId === accountId))
    await leave(village, group, one, { code, actor })
}
