import { CspError } from '../csp/cspError.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group, Joined, Privilege } from './group.ts'

/** True for the user who has made a group: Admin, whatever else is said. */
export const isOwner = (group: Group, { accountId }: Pick<Owner, 'accountId'>): boolean =>
  group.owner?.accountId === accountId

/** What a user is in a group; undefined for no member. Strong. */
export async function privilegeOf(village: Village, group: Group, user: Owner): Promise<Privilege | undefined> {
  if (isOwner(group, user)) return 'Admin'
  return (await village.store.members.find(group.id, user))?.privilege
}

/** @throws CspError 816 for a user who is neither Admin nor Mod; or no Admin, when only those may do it */
export async function requirePrivilege(
  village: Village,
  group: Group,
  user: Owner,
  least: 'Admin' | 'Mod',
): Promise<Privilege> {
  const privilege = await privilegeOf(village, group, user)
  if (privilege !== 'Admin' && !(least === 'Mod' && privilege === 'Mod')) throw new CspError(816)
  return privilege
}

/** The session as it is joined in a group. Strong. @throws CspError 808 when it is not */
export const requireJoined = async (village: Village, group: Group, session: Session): Promise<Joined> =>
  checkJoined(group, session, await village.store.rooms.read(group.id, session.id))

/** @param standing what stands of the session in the group. @throws CspError 808 when that is no participation */
export function checkJoined(group: Group, session: Session, standing: Joined | undefined): Joined {
  if (!standing || standing.leaving || standing.id !== session.groups?.[group.id]?.id) throw new CspError(808)
  return standing
}
