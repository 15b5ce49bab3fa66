import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { CspError } from '../../csp/cspError.ts'
import type { Access } from '../../presence/access.ts'
import { namedAttributes, noAttributes } from '../../presence/attributes.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { inLots } from '../../presence/lots.ts'
import { closeQuestions } from '../../presence/questions.ts'
import type { Target } from '../../presence/subscribing.ts'
import { findLists, findUsers, namedLists, namedUsers } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * CreateAttributeList-Request → Status: who may see which presence attributes (proactive authorisation), for users, for
 * the members of contact lists, for everybody else (DefaultList). It takes the place of what was there. An empty
 * PresenceSubList allows nothing.
 */
export const createAttributeList = transaction({
  request: 'CreateAttributeList-Request',
  service: { '1.1': 'CALI', '1.3': 'MP' },
  session: 'live',
  requires: ['PresenceSubList'],

  async handle(context) {
    const { village, request, version, live } = context
    const { accountId } = live.session
    const attributes = namedAttributes(request.child('PresenceSubList'), version) ?? noAttributes
    const isDefault = request.flagOf('DefaultList') === true
    const outcome = new Outcome()
    const users = await findUsers(village, namedUsers(request), outcome)
    const found = (await village.store.access.read(accountId)).value
    const lists = findLists(village, live.session, found, namedLists(request), outcome).map(({ name }) => name)
    if (isDefault || users.length + lists.length > 0) outcome.succeed()
    outcome.check()
    if (!isDefault && users.length + lists.length === 0)
      throw new CspError(400, 'CreateAttributeList-Request names nobody')
    await checkNumber(context, found, users, lists)

    const notify = (name: string) => request.flagOf(name)
    const concerned = isDefault || lists.length > 0 ? undefined : users.map(({ user }) => user)
    await changeAccess(village, live.session, concerned, async () => {
      if (isDefault || lists.length > 0) {
        await changeOwnAccess(village, accountId, (before) => {
          const all = withAttributes(before, lists, { attributes, ...given('notify', notify('ContactListNotify')) })
          return isDefault ? { ...all, attributes, ...given('notify', notify('DefaultNotify')) } : all
        })
      }
      await inLots(users, (target) =>
        changeRelation(village, accountId, target, (relation) => ({
          ...relation,
          attributes,
          ...given('notify', notify('UserNotify')),
        })),
      )
      // Who was told what may be seen has an answer.
      const names = users.map(({ user }) => user)
      await closeQuestions(village, live, names)
    })
    return answer('Status', { Result: outcome.result() })
  },
})

const given = <Value>(name: string, value: Value | undefined) => (value === undefined ? {} : { [name]: value })

function withAttributes(access: Access, names: readonly string[], set: object): Access {
  const lists = names.flatMap((name) => (access.lists[name] ? [[name, { ...access.lists[name], ...set }]] : []))
  return { ...access, lists: { ...access.lists, ...Object.fromEntries(lists) } }
}

/** @throws CspError 755 when the new ones are too many */
async function checkNumber(
  { village, live }: LiveContext,
  access: Access,
  users: readonly Target[],
  lists: readonly string[],
): Promise<void> {
  const relations = await village.store.access.relations(live.session.accountId)
  const hasUser = (user: string) => relations.get(user)?.value.attributes !== undefined
  const hasList = (name: string) => access.lists[name]!.attributes !== undefined
  const standing = [...relations.keys()].filter(hasUser).length + Object.keys(access.lists).filter(hasList).length
  const added = users.filter(({ user }) => !hasUser(user)).length + lists.filter((name) => !hasList(name)).length
  if (added > 0 && standing + added > village.settings.attributeListsMax) throw new CspError(755)
}
