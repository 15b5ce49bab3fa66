import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group, Joined } from './group.ts'
import { joinedNow } from './joinedUsers.ts'

/** True when nobody else may come in. A second session of a user takes no room; who is about to leave neither. */
export async function isFull(village: Village, { id: groupId, maxActiveUsers }: Group, { id, accountId }: Session) {
  if (maxActiveUsers === undefined) return false
  const all = await village.store.rooms.joined(groupId)
  const others = all.filter(({ sessionId, leaving }) => sessionId !== id && !leaving)
  if (others.length < maxActiveUsers) return false
  const users = new Set((await joinedNow(village, groupId, others)).map((one) => one.accountId))
  return !users.has(accountId) && users.size >= maxActiveUsers
}

/** How often it is looked whether others who came at the same time have gone again. */
const looksMax = 8

/**
 * Never more are in than may be: whoever comes in stays when he has seen it so. Of several at a time who make it too many
 * those who are behind in the order go again, and the others look until they have.
 */
export async function isCrowdedOut(village: Village, group: Group, { accountId }: Session): Promise<boolean> {
  const { id, maxActiveUsers } = group
  if (maxActiveUsers === undefined) return false
  for (let look = 0; look < looksMax; look++) {
    const all = (await village.store.rooms.joined(id)).filter(({ leaving }) => !leaving)
    if (all.length <= maxActiveUsers) return false
    const users = inOrder(await joinedNow(village, id, all))
    if (users.length <= maxActiveUsers) return false
    if (users.indexOf(accountId) >= maxActiveUsers) return true
  }
  return true
}

/** Users who are joined: first those of whom others know, then those who come just now. */
function inOrder(joined: readonly Joined[]): string[] {
  const order = ({ number, id }: Joined) => `${number === undefined ? 1 : 0}${id}`
  const sorted = [...joined].sort((a, b) => (order(a) < order(b) ? -1 : 1))
  return [...new Set(sorted.map(({ accountId }) => accountId))]
}
