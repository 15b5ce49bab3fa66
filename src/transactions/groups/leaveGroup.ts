import { requireGroup } from '../../groups/finding.ts'
import { leave } from '../../groups/leaving.ts'
import { checkJoined } from '../../groups/privileges.ts'
import { answer, result, transaction } from '../transaction.ts'

/** LeaveGroup-Request → LeaveGroup-Response: the session is told no more of the group. 808 when it is not joined. */
export const leaveGroup = transaction({
  request: 'LeaveGroup-Request',
  service: 'MG',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    await live.readStrongly()
    // Repeated, because its call has died, it goes on where that was.
    const standing = await village.store.rooms.read(group.id, live.session.id)
    const place = live.session.groups?.[group.id]
    const isLeaving = standing?.leaving && (place?.id ?? standing.id) === standing.id
    await leave(village, group, isLeaving ? standing : checkJoined(group, live.session, standing), {})
    return answer('LeaveGroup-Response', { GroupID: request.textOf('GroupID'), Result: result(200) })
  },
})
