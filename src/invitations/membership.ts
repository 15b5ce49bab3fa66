import { withScheme } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import { findGroup } from '../groups/finding.ts'
import type { Group } from '../groups/group.ts'
import { addMember } from '../groups/membership.ts'
import { type Actor, notifyMakers } from '../groups/notices.ts'
import { privilegeOf } from '../groups/privileges.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'
import type { Invitation } from './invitation.ts'

/** The group that an invitation is about, if it is the same as then. */
async function groupOf(village: Village, { groupId, room }: Invitation): Promise<Group | undefined> {
  const group = groupId === undefined ? undefined : await findGroup(village, groupId)
  return group?.id === room ? group : undefined
}

/**
 * An invitation to become a member is as good as the word of its inviter when it is accepted.
 *
 * @throws CspError 423 when the group is gone, or the inviter has no say in it any more
 */
export async function checkMembership(village: Village, invitation: Invitation): Promise<void> {
  const group = await groupOf(village, invitation)
  const privilege = group && (await privilegeOf(village, group, invitation.from))
  if (privilege !== 'Admin' && privilege !== 'Mod') throw new CspError(423)
}

/**
 * Makes whoever has accepted a member. Who is one keeps the privilege.
 *
 * @param by the session that has accepted
 */
export async function becomeMember(village: Village, invitation: Invitation, user: Owner, by: Actor): Promise<void> {
  const group = await groupOf(village, invitation)
  if (!group || (await privilegeOf(village, group, user))) return
  const address = withScheme(`${user.user}@${village.settings.domain}`)
  await addMember(village, group, { ...user, privilege: 'User', address }, by)
  await notifyMakers(village, group, 'GMU', by)
}
