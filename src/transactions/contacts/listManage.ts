import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { followChanges } from '../../contacts/following.ts'
import { parseProperties, propertiesOf, withProperties } from '../../contacts/lists.ts'
import { isListed, namedContacts, nickListOf, withMember, withoutMember } from '../../contacts/members.ts'
import { withScheme } from '../../csp/address.ts'
import { type ContentTree, type Element, element } from '../../csp/element.ts'
import { isAtLeast } from '../../csp/versions.ts'
import type { Notice } from '../../notifications/notice.ts'
import { notifyOthers } from '../../notifications/notify.ts'
import { decides, type Relation } from '../../presence/access.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { inLots } from '../../presence/lots.ts'
import { closeQuestions } from '../../presence/questions.ts'
import type { Target } from '../../presence/subscribing.ts'
import { findList, findUsers, type NamedList, userIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, type LiveContext, result, transaction } from '../transaction.ts'

/**
 * ListManage-Request → ListManage-Response: adds or removes contacts, sets properties, or with none of these reads the
 * list. 1.1 always gets the contacts, later versions when they say ReceiveList T.
 */
export const listManage = transaction({
  request: 'ListManage-Request',
  service: 'MCLS',
  session: 'live',
  requires: ['ContactList'],

  async handle(context) {
    const { village, request, version, live } = context
    const { accountId } = live.session
    const found = await village.store.access.read(accountId)
    const named = findList(village, live.session, found.value, request.textOf('ContactList') ?? '')
    const adds = request.child('AddNickList')
    const removes = request.child('RemoveNickList')
    const sets = request.child('ContactListProperties')
    const changesMembers = adds !== undefined || removes !== undefined
    const { Result, waiting, notices } = await manage(context, named, { adds, removes, sets })
    await notifyOthers(village, live.session, found.value, notices)
    const wantsList = isAtLeast(version, '1.2') ? request.flagOf('ReceiveList') === true : true
    // clients.md 17: whoever wants the contacts wants the properties as well; 1.1 has them without being asked.
    const wantsProperties = sets || !changesMembers || (isAtLeast(version, '1.2') && wantsList)
    const told = {
      Result,
      ContactListProperties: wantsProperties
        ? propertiesOf(sets ? (await village.store.access.read(accountId)).value : found.value, named.name)
        : undefined,
    }
    if (!wantsList) return { ...answer('ListManage-Response', told), waiting }
    const relations = await village.store.access.relations(accountId)
    const NickList = nickListOf(relations.values(), named.list.id)
    const isChange = changesMembers || sets !== undefined
    return {
      ...answer('ListManage-Response', { ...told, NickList }),
      waiting,
      ...(isChange && { smaller: element('ListManage-Response', told) }),
    }
  },
})

interface Asked {
  readonly adds?: Element
  readonly removes?: Element
  readonly sets?: Element
}

interface Managed {
  readonly Result: ContentTree
  /** The session is to be told of who has come onto a list that it follows. */
  readonly waiting: boolean
  /** What other sessions of the user may want to know. */
  readonly notices: readonly Notice[]
}

/** Does what is asked. Everything is checked before anything is changed. */
async function manage(context: LiveContext, named: NamedList, { adds, removes, sets }: Asked): Promise<Managed> {
  const { village, live } = context
  const properties = parseProperties(sets)
  const outcome = new Outcome()
  const listChanged: Notice = { type: 'CLC', lists: [named.list.address] }
  const notices: Notice[] = []
  if (adds) notices.push(listChanged, ...(await add(context, named, adds, outcome)))
  if (removes && (await remove(context, named, removes))) notices.push(listChanged)
  if (sets) {
    await changeOwnAccess(village, live.session.accountId, (before) => {
      const { name } = findList(village, live.session, before, named.address)
      return withProperties(before, name, properties)
    })
    outcome.succeed()
    notices.push(listChanged)
  }
  const waiting = adds || removes ? await followChanges(village, live.session, named.list.id) : false
  return { Result: adds || sets ? outcome.result() : result(200), waiting, notices }
}

/** @returns what has changed besides the list */
async function add(
  context: LiveContext,
  { list, decides: listDecides }: NamedList,
  adds: Element,
  outcome: Outcome,
): Promise<Notice[]> {
  const { village, request, live } = context
  const { accountId } = live.session
  const contacts = namedContacts(adds)
  const byAddress = new Map(contacts.map((one) => [withScheme(one.text), one]))
  const targets = await findUsers(
    village,
    contacts.map((one) => one.text),
    outcome,
  )
  const relations = await village.store.access.relations(accountId)
  const isNew = ({ user }: Target) => {
    const found = relations.get(user)
    return !found || !isListed(found, list.id)
  }
  const members = [...relations.values()].filter((one) => isListed(one, list.id)).length
  const room = Math.max(village.settings.contactsPerListMax - members, 0)
  const tooMany = new Set(targets.filter(isNew).slice(room))
  for (const { address } of tooMany) outcome.fail(754, 'UserID', byAddress.get(address)?.text ?? address)
  const added = targets.filter((target) => !tooMany.has(target))
  for (const _ of added) outcome.succeed()
  outcome.check()
  // 1.3: who is added may see everything and is let through.
  const grants = isAtLeast(context.version, '1.3') && request.flagOf('AuthorizeAndGrant') === true
  const concerned = grants || listDecides ? added.map(({ user }) => user) : []
  const put =
    (target: Target) =>
    (relation: Relation): Relation => {
      const member = withMember(relation, target, list.id, byAddress.get(target.address)?.name ?? '')
      if (!grants) return member
      // As a PresenceAuth-User would: the last word on this user.
      const { attributes: _, notify: __, answerAttributes: ___, ...rest } = member
      return { ...rest, answer: 'GRANTED', granted: true }
    }
  await changeAccess(village, live.session, concerned, async () => {
    await inLots(added, (target) =>
      changeRelation(village, accountId, target, put(target), { found: relations.get(target.user) }),
    )
    if (grants) await closeQuestions(village, live, concerned)
  })
  if (concerned.length === 0) await judgeIfListed(context, list.id, added)
  return grants ? [{ type: 'AC', users: added.map(({ address }) => address) }, { type: 'GLC' }] : []
}

/** What was said of the contact list meanwhile was said before there was who has just come onto it. */
async function judgeIfListed({ village, live }: LiveContext, id: string, added: readonly Target[]): Promise<void> {
  const { value } = await village.store.access.read(live.session.accountId)
  const [name] = Object.entries(value.lists).find(([, one]) => one.id === id) ?? []
  if (name === undefined || !decides(value, name)) return
  await changeAccess(
    village,
    live.session,
    added.map(({ user }) => user),
    async () => {},
  )
}

/** Who is not on the list is off it: no error. @returns true when somebody has left it */
async function remove(
  { village, live }: LiveContext,
  { list, decides: listDecides }: NamedList,
  removes: Element,
): Promise<boolean> {
  const { accountId } = live.session
  const users = new Set(
    [...removes.textsOf('UserID'), ...namedContacts(removes).map(({ text }) => text)].map((text) =>
      userIn(village, text),
    ),
  )
  const relations = [...(await village.store.access.relations(accountId)).values()]
  const members = relations.filter((one) => isListed(one, list.id) && users.has(one.value.user))
  const concerned = listDecides ? members.map((one) => one.value.user) : []
  await changeAccess(village, live.session, concerned, () =>
    inLots(members, (found) =>
      changeRelation(village, accountId, found.value, (one) => withoutMember(one, list.id), { found }),
    ),
  )
  return members.length > 0
}
