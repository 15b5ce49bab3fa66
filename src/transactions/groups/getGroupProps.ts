import { isAtLeast } from '../../csp/versions.ts'
import { requireGroup } from '../../groups/finding.ts'
import { eachOnce, joinedNow } from '../../groups/joinedUsers.ts'
import { privilegeOf } from '../../groups/privileges.ts'
import { groupValues, ownValues, toProperties, welcomeNoteOf } from '../../groups/properties.ts'
import { answer, transaction } from '../transaction.ts'

/** GetGroupProps-Request → GetGroupProps-Response: what a group is, and what the session's user is in it and has said. */
export const getGroupProps = transaction({
  request: 'GetGroupProps-Request',
  service: 'GETGP',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, version, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    const { rooms, ownProperties } = village.store
    const [joined, own, privilege] = await Promise.all([
      rooms.joined(group.id).then((all) => joinedNow(village, group.id, all)),
      ownProperties.read(live.session.accountId, group.id),
      privilegeOf(village, group, live.session),
    ])
    const ActiveUsers = new Set(eachOnce(joined).map(({ accountId }) => accountId)).size
    return answer('GetGroupProps-Response', {
      GroupProperties: { ...toProperties(groupValues(group, ActiveUsers)), WelcomeNote: welcomeNoteOf(group) },
      OwnProperties: toProperties(ownValues(own, privilege, isAtLeast(version, '1.2'))),
    })
  },
})
