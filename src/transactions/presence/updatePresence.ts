import { update } from '../../presence/life.ts'
import { parseValues } from '../../presence/values.ts'
import { withAlias } from '../../search/userDirectory.ts'
import { status, transaction } from '../transaction.ts'

/**
 * UpdatePresence-Request → Status: only what is listed changes, and all of it or nothing (750, 751). OnlineStatus is the
 * server's to keep: what a client says of it is accepted and changes nothing.
 */
export const updatePresence = transaction({
  request: 'UpdatePresence-Request',
  service: 'UPDPR',
  session: 'live',
  requires: ['PresenceSubList'],

  async handle({ village, request, version, live }) {
    const values = parseValues(request.child('PresenceSubList')!, version, village.settings.presenceValueMaxBytes)
    const act = () => update(village, live.session, values)
    await (values.has('Alias') ? withAlias(village, live.session, act) : act())
    return status(200)
  },
})
