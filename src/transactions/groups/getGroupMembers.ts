import type { ContentTree } from '../../csp/element.ts'
import { requireGroup } from '../../groups/finding.ts'
import { withAccounts } from '../../groups/formerAccounts.ts'
import type { Member, Privilege } from '../../groups/group.ts'
import { isOwner, requirePrivilege } from '../../groups/privileges.ts'
import { spokenAddress } from '../../presence/addresses.ts'
import { answer, transaction } from '../transaction.ts'

/** GetGroupMembers-Request → GetGroupMembers-Response: who may join a restricted group, for Admins and Mods (816). */
export const getGroupMembers = transaction({
  request: 'GetGroupMembers-Request',
  service: 'GETGM',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    await requirePrivilege(village, group, live.session, 'Mod')
    const members = await withAccounts(village, await village.store.members.all(group.id))
    const isOf = (privilege: Privilege) => (one: Member) =>
      (isOwner(group, one) ? 'Admin' : one.privilege) === privilege
    const listOf = (privilege: Privilege): ContentTree | undefined => {
      const found = members.filter(isOf(privilege))
      const User = found.map(({ user }) => ({ UserID: spokenAddress(user, live.session, village.settings) }))
      return found.length === 0 ? undefined : { UserList: { User } }
    }
    // 1.3 has the list itself, earlier versions have it in an element of its own.
    const Users = listOf('User')
    return answer('GetGroupMembers-Response', {
      Admin: listOf('Admin'),
      Mod: listOf('Mod'),
      Users,
      UserList: Users?.UserList,
    })
  },
})
