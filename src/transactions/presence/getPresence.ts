import { CspError } from '../../csp/cspError.ts'
import type { ContentTree } from '../../csp/element.ts'
import { allAttributes, namedAttributes, noAttributes } from '../../presence/attributes.ts'
import { lookAt } from '../../presence/look.ts'
import { inLots } from '../../presence/lots.ts'
import { presenceSubList, presenceVersion } from '../../presence/rendering.ts'
import type { Target } from '../../presence/subscribing.ts'
import { withPhoneNeeds } from '../../presence/wanted.ts'
import { rememberReading } from '../../presence/watcherList.ts'
import { Outcome } from '../outcome.ts'
import { findTargets } from '../targets.ts'
import { answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * GetPresence-Request → GetPresence-Response: current values of users, or of the members of contact lists, as far as
 * they may be seen. Who lets nothing be seen stands there without a PresenceSubList. One's own presence is always there
 * in full (clients.md 16).
 */
export const getPresence = transaction({
  request: 'GetPresence-Request',
  service: 'GETPR',
  session: 'live',

  async handle(context) {
    const { village, request, version, live } = context
    const named = namedAttributes(request.child('PresenceSubList'), version)
    const wanted = withPhoneNeeds(named, version) ?? allAttributes
    const outcome = new Outcome()
    const { targets, namesNobody } = await findTargets(context, outcome)
    if (namesNobody) throw new CspError(400, 'GetPresence-Request names nobody')
    for (const _ of targets) outcome.succeed()
    outcome.check()
    const Presence = await inLots(targets, (target) => presenceOf(context, target, wanted))
    await inLots(targets, (target) => rememberReading(village, target, live.session))
    return answer('GetPresence-Response', { Result: outcome.result(), Presence })
  },
})

async function presenceOf({ village, live }: LiveContext, target: Target, wanted: number): Promise<ContentTree> {
  const { document, visible } = await lookAt(village, target, live.session)
  const attributes = wanted & visible
  const PresenceSubList =
    visible === noAttributes ? undefined : presenceSubList(document, { version: presenceVersion(live), attributes })
  return { UserID: target.address, PresenceSubList }
}
