import type { ContentTree } from '../../csp/element.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { wholeNumber } from '../../csp/wholeNumber.ts'
import { spokenAddress } from '../../presence/addresses.ts'
import { historyKept } from '../../presence/subscribing.ts'
import { watcherList } from '../../presence/watcherList.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * GetWatcherList-Request → GetWatcherList-Response: who watches the user's presence. Since 1.2 with HistoryPeriod
 * (seconds, as far back as is kept) also who did, or has read it; with MaxWatcherList no more than so many.
 */
export const getWatcherList = transaction({
  request: 'GetWatcherList-Request',
  service: 'GETWL',
  session: 'live',

  async handle({ village, request, version, live }) {
    const { session } = live
    const asked = isAtLeast(version, '1.2') ? wholeNumber(request, 'HistoryPeriod') : undefined
    const most = isAtLeast(version, '1.2') ? wholeNumber(request, 'MaxWatcherList') : undefined
    const period = asked === undefined ? undefined : Math.min(asked, historyKept)
    const all = await watcherList(village, session, period)
    const listed = all.slice(0, most).map(({ user, status }) => ({
      address: spokenAddress(user, session, village.settings),
      status,
    }))
    return answer('GetWatcherList-Response', {
      User: listed.map(({ address }) => ({ UserID: address })),
      HistoryPeriod: period,
      WatcherCount: most === undefined ? undefined : all.length,
      Watcher: listed.map(({ address, status }): ContentTree => {
        const UserID = { UserID: address }
        return { ...(isAtLeast(version, '1.3') ? UserID : { User: UserID }), WatcherStatus: status }
      }),
    })
  },
})
