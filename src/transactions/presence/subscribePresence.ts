import { CspError } from '../../csp/cspError.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { namedAttributes } from '../../presence/attributes.ts'
import { inLots } from '../../presence/lots.ts'
import { subscribe } from '../../presence/subscribing.ts'
import { withPhoneNeeds } from '../../presence/wanted.ts'
import { Outcome } from '../outcome.ts'
import { findTargets } from '../targets.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * SubscribePresence-Request → Status: from now on the session is told of the presence of users, and of the members of
 * contact lists; with AutoSubscribe of those that come onto the lists later (clients.md 19). Whoever lets nothing be
 * seen is subscribed to all the same.
 */
export const subscribePresence = transaction({
  request: 'SubscribePresence-Request',
  service: 'MP',
  session: 'live',

  async handle(context) {
    const { village, request, version, live } = context
    const { subscriptions } = village.store
    const attributes = withPhoneNeeds(namedAttributes(request.child('PresenceSubList'), version), version)
    const follows = isAtLeast(version, '1.2') && request.flagOf('AutoSubscribe') === true
    const outcome = new Outcome()
    const { targets, users, lists, namesNobody } = await findTargets(context, outcome)
    if (namesNobody) throw new CspError(400, 'SubscribePresence-Request names nobody')
    for (const _ of targets) outcome.succeed()
    outcome.check()
    await live.readStrongly()
    const { session } = live
    const before = await subscriptions.watched(session.id)
    const isFollowed = (list: string) => before.autoSubscriptions.some((one) => one.list === list)
    await inLots(lists, async ({ list }) => {
      if (follows)
        await subscriptions.follow(session, { list: list.id, ...(attributes !== undefined && { attributes }) })
      else if (isFollowed(list.id)) await subscriptions.unfollow(session, list.id)
    })
    const known = new Map(before.subscriptions.map((one) => [one.user, one]))
    const named = new Set(users.map(({ user }) => user))
    await inLots(targets, (target) => {
      const direct = !follows || named.has(target.user)
      return subscribe(village, session, target, { attributes, direct }, known.get(target.user))
    })
    return answer('Status', { Result: outcome.result() })
  },
})
