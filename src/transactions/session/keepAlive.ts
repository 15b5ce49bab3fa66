import { CspError } from '../../csp/cspError.ts'
import { parsePositive } from '../../session/loginRequest.ts'
import { grantKeepAlive, spansOf } from '../../session/retention.ts'
import { answer, result, transaction } from '../transaction.ts'

/**
 * KeepAlive-Request → KeepAlive-Response. Any request keeps a session alive (S1); this one is always stored, and may
 * change the Keep-Alive-Time, and with it the window (R8). One conditional write.
 */
export const keepAlive = transaction({
  request: 'KeepAlive-Request',
  session: 'live',

  async handle({ village, request, live }) {
    const { settings } = village
    const asked = request.textOf('TimeToLive')
    const seconds = parsePositive(asked)
    // 605 only for what is no positive number; any other is granted within the operator's range.
    if (asked !== undefined && seconds === undefined) throw new CspError(605)
    await live.change(seconds === undefined ? {} : spansOf(grantKeepAlive(seconds, settings.keepAlive), settings))
    return answer('KeepAlive-Response', { Result: result(200), KeepAliveTime: live.session.keepAliveTime })
  },

  refuse: (_, { code, message }) =>
    answer(code === 605 ? 'KeepAlive-Response' : 'Status', { Result: result(code, message) }),
})
