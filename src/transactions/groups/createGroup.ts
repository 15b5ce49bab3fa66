import { withScheme } from '../../csp/address.ts'
import { CspError } from '../../csp/cspError.ts'
import { createGroup as create } from '../../groups/creating.ts'
import { ownGroupKey } from '../../groups/finding.ts'
import { join } from '../../groups/joining.ts'
import { notifyMakers } from '../../groups/notices.ts'
import { readGroupProperties, readOwnProperties } from '../../groups/properties.ts'
import { sayOwn } from '../../groups/saying.ts'
import { checkScreenName } from '../../groups/screenNames.ts'
import { requestKey } from '../../messaging/sending.ts'
import { status, transaction } from '../transaction.ts'
import { screenNameIn } from './screenName.ts'

/**
 * CreateGroup-Request → Status: a private group of the session's user, who is its Admin, and joins it when he says so.
 * 806 for a GroupID that cannot be his, 801 when it is there, 814 when he has too many.
 */
export const createGroup = transaction({
  request: 'CreateGroup-Request',
  service: 'CREAG',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, transactionId, live }) {
    const text = request.textOf('GroupID') ?? ''
    const key = ownGroupKey(village, live.session, text)
    const properties = readGroupProperties(request.child('GroupProperties'))
    const own = readOwnProperties(request.child('OwnProperties'))
    const screenName = screenNameIn(request) ?? own.screenName
    if (screenName !== undefined) checkScreenName(screenName)
    await live.readStrongly()
    const address = withScheme(text)
    const same = requestKey(transactionId, request)
    const group = await create(village, live.session, { key, address, properties, ...(same && { request: same }) })
    if (!group) throw new CspError(801)
    await sayOwn(village, live.session, group, address, own)
    if (request.flagOf('JoinGroup')) {
      const notices = request.flagOf('SubscribeNotification') === true
      await join(village, group, live.session, { address, notices, ...(screenName !== undefined && { screenName }) })
    }
    await notifyMakers(village, group, 'GC', live.session)
    return status(200)
  },
})
