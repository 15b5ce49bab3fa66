import { isMember } from '../../contacts/members.ts'
import { CspError } from '../../csp/cspError.ts'
import { inLots } from '../../presence/lots.ts'
import { switchOff, unsubscribe } from '../../presence/subscribing.ts'
import { findLists, namedLists, namedUsers, userIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * UnsubscribePresence-Request → Status: nothing more is told of these users, and of the members of these contact lists,
 * which the session follows no longer. Who was not watched is not watched: no error.
 */
export const unsubscribePresence = transaction({
  request: 'UnsubscribePresence-Request',
  service: 'MP',
  session: 'live',

  async handle({ village, request, live }) {
    const { access, subscriptions } = village.store
    const { session } = live
    const texts = { users: namedUsers(request), lists: namedLists(request) }
    if (texts.users.length + texts.lists.length === 0)
      throw new CspError(400, 'UnsubscribePresence-Request names nobody')
    const outcome = new Outcome()
    const found = (await access.read(session.accountId)).value
    const lists = findLists(village, session, found, texts.lists, outcome).map(({ list }) => list.id)
    if (texts.users.length + lists.length > 0) outcome.succeed()
    outcome.check()
    const relations = await access.relations(session.accountId)
    await inLots(lists, (list) => subscriptions.unfollow(session, list))
    const watched = await subscriptions.watched(session.id)
    const followed = watched.autoSubscriptions.map(({ list }) => list)
    const isOn = (user: string, of: readonly string[]) => {
      const relation = relations.get(user)
      return relation !== undefined && of.some((list) => isMember(relation, list))
    }
    const users = new Set(texts.users.map((text) => userIn(village, text)))
    await inLots(watched.subscriptions, async (one) => {
      const isNamed = users.has(one.user)
      if (!isNamed && !isOn(one.user, lists)) return
      // Another list that the session follows holds the user: named by itself the user goes all the same, and stays away.
      if (!isOn(one.user, followed)) await unsubscribe(village, session, one)
      else if (isNamed) await switchOff(village, session, one)
      else return
      live.forget(live.slots.filter(({ user }) => user === one.user).map((slot) => ({ slot })))
    })
    return answer('Status', { Result: outcome.result() })
  },
})
