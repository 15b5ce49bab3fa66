import { requireGroup } from '../../groups/finding.ts'
import { notifyMakers } from '../../groups/notices.ts'
import { requirePrivilege } from '../../groups/privileges.ts'
import { removeGroup } from '../../groups/removing.ts'
import { status, transaction } from '../transaction.ts'

/**
 * DeleteGroup-Request → Status: an Admin removes a group for good. All others who are joined are told so
 * (LeaveGroup-Response with 800 as a server transaction).
 */
export const deleteGroup = transaction({
  request: 'DeleteGroup-Request',
  service: 'DELGR',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    await requirePrivilege(village, group, live.session, 'Admin')
    await removeGroup(village, group, { by: live.session })
    await notifyMakers(village, group, 'GD', live.session)
    return status(200)
  },
})
