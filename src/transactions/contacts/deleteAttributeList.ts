import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { CspError } from '../../csp/cspError.ts'
import { notifyOthers } from '../../notifications/notify.ts'
import { type Access, attributeListOf, withoutAttributeList } from '../../presence/access.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { inLots } from '../../presence/lots.ts'
import { findLists, namedLists, namedUsers, usersIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, transaction } from '../transaction.ts'

/** DeleteAttributeList-Request → Status. What is not there is deleted: no error. In 1.3 it takes back answers as well. */
export const deleteAttributeList = transaction({
  request: 'DeleteAttributeList-Request',
  service: { '1.1': 'DALI', '1.3': 'MP' },
  session: 'live',

  async handle({ village, request, version, live }) {
    const { access } = village.store
    const { accountId } = live.session
    const outcome = new Outcome()
    const isDefault = request.flagOf('DefaultList') === true
    const found = (await access.read(accountId)).value
    const texts = namedUsers(request)
    const lists = findLists(village, live.session, found, namedLists(request), outcome).map(({ name }) => name)
    const namesNobody = !isDefault && texts.length + lists.length === 0
    if (!namesNobody) outcome.succeed()
    outcome.check()
    if (namesNobody) throw new CspError(400, 'DeleteAttributeList-Request names nobody')
    const users = usersIn(village, texts)
    const relations = await inLots(users, (user) => access.relation(accountId, user))
    const set = relations.flatMap((one) => (one && attributeListOf(one.value, version) !== undefined ? [one] : []))

    const concernsAll = isDefault || lists.length > 0
    const concerned = concernsAll ? undefined : set.map(({ value }) => value.user)
    await changeAccess(village, live.session, concerned, async () => {
      if (concernsAll) await changeOwnAccess(village, accountId, (before) => without(before, lists, isDefault))
      await inLots(set, (one) =>
        changeRelation(village, accountId, one.value, (relation) => withoutAttributeList(relation, version), {
          found: one,
        }),
      )
    })
    if (concernsAll || set.length > 0) {
      const told = {
        users: set.map(({ value }) => value.address),
        lists: lists.map((name) => found.lists[name]!.address),
      }
      await notifyOthers(village, live.session, found, [{ type: 'AC', ...told, ...(isDefault && { isDefault }) }])
    }
    return answer('Status', { Result: outcome.result() })
  },
})

function without(access: Access, names: readonly string[], isDefault: boolean): Access {
  const lists = Object.entries(access.lists).map(([name, list]) => {
    const { attributes: _, notify: __, ...rest } = list
    return [name, names.includes(name) ? rest : list] as const
  })
  const { attributes: _, notify: __, ...rest } = access
  return { ...(isDefault ? rest : access), lists: Object.fromEntries(lists) }
}
