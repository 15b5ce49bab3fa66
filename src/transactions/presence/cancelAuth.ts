import { changeRelation } from '../../contacts/changing.ts'
import { notify } from '../../notifications/notify.ts'
import type { Relation } from '../../presence/access.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { userIn } from '../named.ts'
import { status, transaction } from '../transaction.ts'

/**
 * CancelAuth-Request → Status: takes back what a PresenceAuth-User has allowed. The user is left what contact lists and
 * everybody may see, and is asked for anew when it subscribes anew. Where nothing was allowed there is nothing to take
 * back: no error.
 */
export const cancelAuth = transaction({
  request: 'CancelAuth-Request',
  versions: ['1.1', '1.2'],
  service: 'CAAUT',
  session: 'live',
  requires: ['UserID'],

  async handle({ village, request, live }) {
    const { accountId } = live.session
    const user = userIn(village, request.textOf('UserID') ?? '')
    const found = user === undefined ? undefined : await village.store.access.relation(accountId, user)
    if (found?.value.answer !== 'GRANTED') return status(200)
    await changeAccess(village, live.session, [found.value.user], () =>
      changeRelation(village, accountId, found.value, withoutAnswer, { found }),
    )
    await notify(village, live.session, { type: 'AC', users: [found.value.address] }, live.session.id)
    return status(200)
  },
})

/** A refusal that has come meanwhile stands. */
function withoutAnswer(relation: Relation): Relation {
  if (relation.answer !== 'GRANTED') return relation
  const { answerAttributes: _, ...rest } = relation
  return { ...rest, answer: 'CANCELLED' }
}
