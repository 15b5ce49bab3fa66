import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { ofLivingAccounts } from '../../contacts/living.ts'
import { CspError } from '../../csp/cspError.ts'
import { notifyOthers } from '../../notifications/notify.ts'
import type { Access, ContactList, Relation } from '../../presence/access.ts'
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

    // Of what was there nothing stays, nor a flag that is not given now.
    const renewed = <Said extends { readonly notify?: boolean }>({ notify: _, ...rest }: Said, flag: string) => {
      const notify = request.flagOf(flag)
      return { ...rest, attributes, ...(notify !== undefined && { notify }) }
    }
    const concerned = isDefault || lists.length > 0 ? undefined : users.map(({ user }) => user)
    await changeAccess(village, live.session, concerned, async () => {
      if (isDefault || lists.length > 0) {
        await changeOwnAccess(village, accountId, (before) => {
          const all = withLists(before, lists, (list) => renewed(list, 'ContactListNotify'))
          return isDefault ? renewed(all, 'DefaultNotify') : all
        })
      }
      await inLots(users, (target) =>
        changeRelation(village, accountId, target, (relation) => renewed(relation, 'UserNotify')),
      )
      // Who was told what may be seen has an answer.
      const names = users.map(({ user }) => user)
      await closeQuestions(village, live, names)
    })
    await notifyOthers(village, live.session, found, [
      {
        type: 'AC',
        users: users.map(({ address }) => address),
        lists: lists.map((name) => found.lists[name]!.address),
        ...(isDefault && { isDefault }),
      },
    ])
    return answer('Status', { Result: outcome.result() })
  },
})

function withLists(access: Access, names: readonly string[], change: (list: ContactList) => ContactList): Access {
  const lists = names.flatMap((name) => (access.lists[name] ? [[name, change(access.lists[name])]] : []))
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
  const hasList = (name: string) => access.lists[name]!.attributes !== undefined
  const withOne = [...relations.values()].map(({ value }) => value).filter(({ attributes }) => attributes !== undefined)
  const most = village.settings.attributeListsMax - Object.keys(access.lists).filter(hasList).length
  const addedLists = lists.filter((name) => !hasList(name)).length
  const added = (standing: readonly Relation[]) =>
    addedLists + users.filter(({ user }) => !standing.some((one) => one.user === user)).length
  if (withOne.length + added(withOne) <= most) return
  // Those of accounts that are gone do not count.
  const standing = await ofLivingAccounts(village, withOne)
  if (added(standing) > 0 && standing.length + added(standing) > most) throw new CspError(755)
}
