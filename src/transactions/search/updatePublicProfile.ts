import { isDeepStrictEqual } from 'node:util'
import { CspError } from '../../csp/cspError.ts'
import { notify } from '../../notifications/notify.ts'
import { changedProfile, parseProfile } from '../../search/publicProfile.ts'
import { changeProfile } from '../../search/userDirectory.ts'
import { userIn } from '../named.ts'
import { status, transaction } from '../transaction.ts'

/**
 * UpdatePublicProfile-Request → Status: what is listed changes, an empty Value takes it away, and with ClearPublicProfile
 * all that is not listed goes. All of it or nothing (702).
 */
export const updatePublicProfile = transaction({
  request: 'UpdatePublicProfile-Request',
  versions: ['1.3'],
  session: 'live',

  async handle({ village, request, live: { session } }) {
    const profile = request.child('PublicProfile')
    const clears = request.flagOf('ClearPublicProfile') ?? false
    if (!profile && !clears) throw new CspError(400, 'UpdatePublicProfile-Request changes nothing')
    const user = profile?.textOf('UserID')
    if (user !== undefined && userIn(village, user) !== session.user)
      throw new CspError(403, 'PublicProfile is that of another user')
    const changes = parseProfile(profile)
    let isChanged = false
    await changeProfile(village, session, (before) => {
      const after = changedProfile(clears ? {} : before, changes)
      isChanged = !isDeepStrictEqual(before, after)
      return after
    })
    if (isChanged) await notify(village, session, { type: 'PPU' }, session.id)
    return status(200)
  },
})
