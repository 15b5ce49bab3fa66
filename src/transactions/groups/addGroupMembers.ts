import { requireGroup } from '../../groups/finding.ts'
import { addMember } from '../../groups/membership.ts'
import { notifyMakers } from '../../groups/notices.ts'
import { privilegeOf, requirePrivilege } from '../../groups/privileges.ts'
import { inLots } from '../../presence/lots.ts'
import { briefly, Outcome } from '../outcome.ts'
import { transaction } from '../transaction.ts'
import { findParticipants } from './namedParticipants.ts'

/**
 * AddGroupMembers-Request → Status: Admins and Mods (816) make users members, who may join though the group is
 * restricted. Who is a member already stays what he is.
 */
export const addGroupMembers = transaction({
  request: 'AddGroupMembers-Request',
  service: 'ADDGM',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    await requirePrivilege(village, group, live.session, 'Mod')
    const outcome = new Outcome()
    const lists = [...request.all('UserList'), ...request.all('UserIDList')]
    const users = await findParticipants(village, group, lists, outcome)
    let isChanged = false
    await inLots(users, async (one) => {
      outcome.succeed()
      if ((await privilegeOf(village, group, one)) !== undefined) return
      const { user, accountId, address } = one
      await addMember(village, group, { user, accountId, address, privilege: 'User' }, live.session)
      isChanged = true
    })
    if (isChanged) await notifyMakers(village, group, 'GMU', live.session)
    return briefly('Status', outcome.result())
  },
})
