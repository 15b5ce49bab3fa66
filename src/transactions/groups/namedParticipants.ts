import { withScheme } from '../../csp/address.ts'
import type { Element } from '../../csp/element.ts'
import type { Group } from '../../groups/group.ts'
import { joinedNow } from '../../groups/joinedUsers.ts'
import { isNamed } from '../../groups/screenNames.ts'
import type { Village } from '../../village.ts'
import { type FoundUser, findUsers, namedUsers } from '../named.ts'
import type { Outcome } from '../outcome.ts'

/**
 * The users that a list of a group request names: by UserID, or by the screen name under which they are joined. Who
 * cannot be found is a failure: 531, 516, and 901 for a screen name that nobody has.
 */
export async function findParticipants(
  village: Village,
  group: Group,
  lists: readonly Element[],
  outcome: Outcome,
): Promise<FoundUser[]> {
  const users = await findUsers(village, lists.flatMap(namedUsers), outcome)
  const names = lists.flatMap((list) => list.all('ScreenName'))
  if (names.length === 0) return users
  const joined = await joinedNow(village, group.id, await village.store.rooms.joined(group.id))
  const found = new Map(users.map((one) => [one.accountId, one]))
  for (const one of names) {
    const SName = one.textOf('SName') ?? one.text ?? ''
    const somebody = joined.find((other) => isNamed(other, SName))
    if (!somebody) outcome.fail(901, 'ScreenName', { SName, GroupID: one.textOf('GroupID') ?? group.address })
    else {
      const { user, accountId } = somebody
      const text = `wv:${user}`
      found.set(accountId, { user, accountId, text, address: withScheme(text), disabled: false })
    }
  }
  return [...found.values()]
}
