import { CspError } from '../../csp/cspError.ts'
import type { ContentTree } from '../../csp/element.ts'
import { requireGroup } from '../../groups/finding.ts'
import type { Joined, Privilege } from '../../groups/group.ts'
import { eachOnce, joinedNow } from '../../groups/joinedUsers.ts'
import { isOwner, privilegeOf } from '../../groups/privileges.ts'
import { joinedUsers, mapping } from '../../groups/rendering.ts'
import { answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * GetJoinedUsers-Request → GetJoinedUsers-Response: who is joined now. Admins and Mods see everybody's UserID and
 * privilege (AdminMapList), others the UserIDs of those who show them (UserMapList). 808 for whoever is none of these.
 */
export const getJoinedUsers = transaction({
  request: 'GetJoinedUsers-Request',
  versions: ['1.2', '1.3'],
  service: 'GETJU',
  session: 'live',
  requires: ['GroupID'],

  async handle(context) {
    const { village, request, live } = context
    const group = await requireGroup(village, request.textOf('GroupID'))
    await live.readStrongly()
    const { session } = live
    const [all, privilege] = await Promise.all([
      village.store.rooms.joined(group.id),
      privilegeOf(village, group, session),
    ])
    const isJoined = all.some(({ sessionId, id }) => sessionId === session.id && id === session.groups?.[group.id]?.id)
    const governs = privilege === 'Admin' || privilege === 'Mod'
    if (!isJoined && !governs) throw new CspError(808)
    const joined = eachOnce(await joinedNow(village, group.id, all))
    const address = request.textOf('GroupID')!
    if (!governs) return answer('GetJoinedUsers-Response', joinedUsers(joined, address, { ...context, session }))
    const members = await village.store.members.all(group.id)
    const levelOf = (one: Joined): Privilege => {
      if (isOwner(group, one)) return 'Admin'
      return members.find(({ accountId }) => accountId === one.accountId)?.privilege ?? 'User'
    }
    return answer('GetJoinedUsers-Response', { AdminMapList: mapLists(context, joined, levelOf) })
  },
})

function mapLists({ village, live }: LiveContext, joined: readonly Joined[], levelOf: (one: Joined) => Privilege) {
  const listOf = (privilege: Privilege): ContentTree | undefined => {
    const found = joined.filter((one) => levelOf(one) === privilege)
    const show = (one: Joined) => mapping({ ...one, showID: true }, live.session, village.settings)
    return found.length === 0 ? undefined : { Mapping: found.map(show) }
  }
  return { AdminMapping: listOf('Admin'), ModMapping: listOf('Mod'), UserMapping: listOf('User') }
}
