import { requireGroup } from '../../groups/finding.ts'
import { withAccounts } from '../../groups/formerAccounts.ts'
import type { Group } from '../../groups/group.ts'
import { privilegeOf, requirePrivilege } from '../../groups/privileges.ts'
import { putOutUser } from '../../groups/puttingOut.ts'
import { spokenAddress } from '../../presence/addresses.ts'
import { inLots } from '../../presence/lots.ts'
import { Outcome } from '../outcome.ts'
import { type Answer, answer, type LiveContext, transaction } from '../transaction.ts'
import { findParticipants } from './namedParticipants.ts'

/**
 * RejectList-Request → RejectList-Response: Admins and Mods (816) say whom the group does not let in. Who is joined is put
 * out (LeaveGroup-Response with 809). Without AddList and RemoveList it only asks. A Status tells who could not be
 * rejected: unknown users, and those who govern the group.
 */
export const rejectList = transaction({
  request: 'RejectList-Request',
  service: 'REJEC',
  session: 'live',
  requires: ['GroupID'],

  async handle(context) {
    const { village, request, live } = context
    const group = await requireGroup(village, request.textOf('GroupID'))
    const own = await requirePrivilege(village, group, live.session, 'Mod')
    const outcome = new Outcome()
    const added = await findParticipants(village, group, request.all('AddList'), outcome)
    const removed = await findParticipants(village, group, request.all('RemoveList'), outcome)
    await inLots(removed, async ({ user }) => {
      await village.store.members.forgive(group.id, user)
      outcome.succeed()
    })
    await inLots(added, async (one) => {
      const privilege = await privilegeOf(village, group, one)
      const governs = privilege === 'Admin' || (privilege === 'Mod' && own !== 'Admin')
      if (governs) return outcome.fail(816, 'UserID', one.text)
      await village.store.members.reject(group.id, one)
      await putOutUser(village, group, one, 809, live.session.id)
      outcome.succeed()
    })
    outcome.check()
    return outcome.isPartial ? answer('Status', { Result: outcome.result() }) : listed(context, group)
  },
})

async function listed({ village, live }: LiveContext, group: Group): Promise<Answer> {
  const rejected = await withAccounts(village, await village.store.members.rejected(group.id))
  const User = rejected.map(({ user }) => ({ UserID: spokenAddress(user, live.session, village.settings) }))
  return answer('RejectList-Response', { UserList: rejected.length > 0 ? { User } : undefined })
}
