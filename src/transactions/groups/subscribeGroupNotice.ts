import { CspError } from '../../csp/cspError.ts'
import { requireGroup } from '../../groups/finding.ts'
import { wantNotices } from '../../groups/joining.ts'
import { requireJoined } from '../../groups/privileges.ts'
import { answer, status, transaction } from '../transaction.ts'

/**
 * SubscribeGroupNotice-Request → Status (`S`, `U`) or SubscribeGroupNotice-Response (`G`): whether the session is told who
 * comes and goes, and what the group is (GroupChangeNotice). 808 when it is not joined.
 */
export const subscribeGroupNotice = transaction({
  request: 'SubscribeGroupNotice-Request',
  service: 'SUBGCN',
  session: 'live',
  requires: ['GroupID', 'SubscribeType'],

  async handle({ village, request, live }) {
    const type = request.textOf('SubscribeType')?.toUpperCase()
    if (type !== 'G' && type !== 'S' && type !== 'U') throw new CspError(402, 'SubscribeType is neither G nor S nor U')
    const group = await requireGroup(village, request.textOf('GroupID'))
    await live.readStrongly()
    const joined = await requireJoined(village, group, live.session)
    if (type === 'G') return answer('SubscribeGroupNotice-Response', { Value: joined.notices })
    await wantNotices(village, group, joined, type === 'S')
    return status(200)
  },
})
