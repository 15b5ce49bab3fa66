import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'
import type { Group, Member, Privilege } from './group.ts'
import { type Actor, notifyMember } from './notices.ts'
import { putOutUser } from './puttingOut.ts'
import { tellProperties } from './tellingProperties.ts'

/** Makes a user a member, who is told so. */
export async function addMember(village: Village, group: Group, member: Member, by: Actor): Promise<void> {
  await village.store.members.put(group.id, member)
  if (member.privilege !== 'User') await tellPrivilege(village, group, member, member.privilege, by)
  await notifyMember(village, group, 'GMG', member, by)
}

/** Gives a member, as it was read, another privilege. @returns false when it has changed since, or is none any more */
export async function setAccess(
  village: Village,
  group: Group,
  member: Member,
  privilege: Privilege,
  by: Actor,
): Promise<boolean> {
  if (!(await village.store.members.setPrivilege(group.id, member, privilege))) return false
  await tellPrivilege(village, group, member, privilege, by)
  await notifyMember(village, group, 'GMAU', member, by)
  return true
}

/**
 * Takes membership away. Where only members join the user is put out of the group as well.
 *
 * @param before what the user was until now
 */
export async function removeMember(
  village: Village,
  group: Group,
  member: Owner,
  before: Privilege,
  by: Actor,
): Promise<void> {
  await village.store.members.remove(group.id, member.user)
  if (group.restricted) await putOutUser(village, group, member, 810, by.id)
  else if (before !== 'User') await tellPrivilege(village, group, member, 'User', by)
  await notifyMember(village, group, 'GMR', member, by)
}

const tellPrivilege = (village: Village, group: Group, { accountId }: Owner, privilege: Privilege, by: Actor) =>
  tellProperties(village, group, by, { own: { PrivilegeLevel: privilege }, of: accountId })
