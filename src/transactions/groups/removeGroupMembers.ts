import { requireGroup } from '../../groups/finding.ts'
import { removeMember } from '../../groups/membership.ts'
import { notifyMakers } from '../../groups/notices.ts'
import { isOwner, privilegeOf, requirePrivilege } from '../../groups/privileges.ts'
import { putOutUser } from '../../groups/puttingOut.ts'
import { inLots } from '../../presence/lots.ts'
import { briefly, Outcome } from '../outcome.ts'
import { transaction } from '../transaction.ts'
import { findParticipants } from './namedParticipants.ts'

/**
 * RemoveGroupMembers-Request → Status: Admins and Mods (816) take membership away: 810 for whoever has none. Where only
 * members join they are put out of the group as well. Mods cannot remove Admins, and nobody the user who made the group.
 */
export const removeGroupMembers = transaction({
  request: 'RemoveGroupMembers-Request',
  service: 'RMVGM',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    const own = await requirePrivilege(village, group, live.session, 'Mod')
    const outcome = new Outcome()
    const lists = [...request.all('UserList'), ...request.all('UserIDList')]
    const users = await findParticipants(village, group, lists, outcome)
    let isChanged = false
    await inLots(users, async (one) => {
      const privilege = await privilegeOf(village, group, one)
      if (privilege === undefined) {
        // A call that has taken the membership away may have died before this.
        if (group.restricted) await putOutUser(village, group, one, 810, live.session.id)
        return outcome.fail(810, 'UserID', one.text)
      }
      if (isOwner(group, one) || (privilege === 'Admin' && own !== 'Admin'))
        return outcome.fail(816, 'UserID', one.text)
      await removeMember(village, group, one, privilege, live.session)
      isChanged = true
      outcome.succeed()
    })
    if (isChanged) await notifyMakers(village, group, 'GMU', live.session)
    return briefly('Status', outcome.result())
  },
})
