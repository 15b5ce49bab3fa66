import { requireGroup } from '../../groups/finding.ts'
import type { Group, Privilege } from '../../groups/group.ts'
import { setAccess } from '../../groups/membership.ts'
import { isOwner, requirePrivilege } from '../../groups/privileges.ts'
import { inLots } from '../../presence/lots.ts'
import type { FoundUser } from '../named.ts'
import { briefly, Outcome } from '../outcome.ts'
import { type LiveContext, transaction } from '../transaction.ts'
import { findParticipants } from './namedParticipants.ts'

/** The lists of the request, and what they make of the members on them. In 1.3 the last one has no element around it. */
const levels: readonly (readonly [string, Privilege])[] = [
  ['Admin', 'Admin'],
  ['Mod', 'Mod'],
  ['Users', 'User'],
  ['UserList', 'User'],
]

/**
 * MemberAccess-Request → Status: an Admin (816) says what members are. 810 for whoever is no member; the user who made
 * the group stays Admin.
 */
export const memberAccess = transaction({
  request: 'MemberAccess-Request',
  service: 'MBRAC',
  session: 'live',
  requires: ['GroupID'],

  async handle(context) {
    const { village, request, live } = context
    const group = await requireGroup(village, request.textOf('GroupID'))
    await requirePrivilege(village, group, live.session, 'Admin')
    const outcome = new Outcome()
    for (const [name, privilege] of levels) {
      const lists = request.all(name).flatMap((one) => [one, ...one.all('UserList'), ...one.all('UserIDList')])
      const users = await findParticipants(village, group, lists, outcome)
      await inLots(users, (one) => setPrivilege(context, group, one, privilege, outcome))
    }
    return briefly('Status', outcome.result())
  },
})

async function setPrivilege(
  { village, live }: LiveContext,
  group: Group,
  one: FoundUser,
  privilege: Privilege,
  outcome: Outcome,
): Promise<void> {
  const member = await village.store.members.find(group.id, one)
  if (isOwner(group, one) && privilege !== 'Admin') return outcome.fail(816, 'UserID', one.text)
  if (isOwner(group, one)) return outcome.succeed()
  if (!member) return outcome.fail(810, 'UserID', one.text)
  const isSet = member.privilege === privilege || (await setAccess(village, group, member, privilege, live.session))
  // Removed by somebody else in this moment.
  if (!isSet) return outcome.fail(810, 'UserID', one.text)
  outcome.succeed()
}
