import { CspError } from '../../csp/cspError.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { namedAttributes } from '../../presence/attributes.ts'
import { inLots } from '../../presence/lots.ts'
import { subscribe } from '../../presence/subscribing.ts'
import { withPhoneNeeds } from '../../presence/wanted.ts'
import type { NamedList } from '../named.ts'
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
    const isAuto = isAtLeast(version, '1.2') && request.flagOf('AutoSubscribe') === true
    await live.readStrongly()
    const { session, slots: waiting } = live
    const before = await subscriptions.watched(session.id)
    const outcome = new Outcome()

    /** Lists are followed before their members are read, so that nobody who comes onto them meanwhile is missed. */
    const followAll = async (lists: readonly NamedList[]) => {
      const isFollowed = (id: string) => before.autoSubscriptions.some(({ list }) => list === id)
      await inLots(lists, async ({ list: { id } }) => {
        if (isAuto) await subscriptions.follow(session, { list: id, ...(attributes !== undefined && { attributes }) })
        else if (isFollowed(id)) await subscriptions.unfollow(session, id)
      })
    }
    const { targets, users, namesNobody } = await findTargets(context, outcome, followAll)
    if (namesNobody) throw new CspError(400, 'SubscribePresence-Request names nobody')
    for (const _ of targets) outcome.succeed()
    outcome.check()
    const known = new Map(before.subscriptions.map((one) => [one.user, one]))
    const named = new Set(users.map(({ user }) => user))
    const told = await inLots(targets, (target) => {
      const direct = !isAuto || named.has(target.user)
      const standing = { known: known.get(target.user), waiting }
      return subscribe(village, session, target, { attributes, direct }, standing)
    })
    return { ...answer('Status', { Result: outcome.result() }), waiting: told.includes(true) }
  },
})
