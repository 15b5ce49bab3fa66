import { CspError } from '../../csp/cspError.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { answer, result, status, transaction } from '../transaction.ts'

/** Logout-Request → Status (1.1: Disconnect). The session ends now; its window begins (R8). */
export const logout = transaction({
  request: 'Logout-Request',
  session: 'live',

  async handle({ version, live }) {
    if (!(await live.end('logout'))) throw new CspError(503)
    return isAtLeast(version, '1.2') ? status(200) : answer('Disconnect', { Result: result(200) })
  },
})
