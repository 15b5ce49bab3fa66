import { requireGroup } from '../../groups/finding.ts'
import { leave } from '../../groups/leaving.ts'
import { requireJoined } from '../../groups/privileges.ts'
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
    const joined = await requireJoined(village, group, live.session)
    await leave(village, group, joined, {})
    return answer('LeaveGroup-Response', { GroupID: request.textOf('GroupID'), Result: result(200) })
  },
})
