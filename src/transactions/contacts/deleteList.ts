import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { followChanges } from '../../contacts/following.ts'
import { withoutList } from '../../contacts/lists.ts'
import { isListed, withoutMember } from '../../contacts/members.ts'
import { notifyOthers } from '../../notifications/notify.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { inLots } from '../../presence/lots.ts'
import { findList } from '../named.ts'
import { status, transaction } from '../transaction.ts'

/**
 * DeleteList-Request → Status. Its members are nobody's contacts by it any more; sessions that followed it watch them no
 * longer, and what it let them see is theirs no longer.
 */
export const deleteList = transaction({
  request: 'DeleteList-Request',
  service: 'DCLI',
  session: 'live',
  requires: ['ContactList'],

  async handle({ village, request, live }) {
    const { session } = live
    const { accountId } = session
    const text = request.textOf('ContactList') ?? ''
    const { value } = await village.store.access.read(accountId)
    const { list, decides } = findList(village, session, value, text)
    const members = [...(await village.store.access.relations(accountId)).values()].filter((one) =>
      isListed(one, list.id),
    )
    const concerned = decides ? members.map((one) => one.value.user) : []
    await changeAccess(village, session, concerned, async () => {
      // The list goes last: whoever repeats the request after a crash finds it, and what was left to do.
      await inLots(members, (found) =>
        changeRelation(village, accountId, found.value, (one) => withoutMember(one, list.id), { found }),
      )
      await followChanges(village, session, list.id)
      await changeOwnAccess(village, accountId, (before) => {
        const { name } = findList(village, session, before, text)
        return withoutList(before, name)
      })
    })
    await followChanges(village, session, list.id)
    await notifyOthers(village, session, value, [{ type: 'CLD', lists: [list.address] }])
    return status(200)
  },
})
