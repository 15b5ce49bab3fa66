import { listsOf } from '../../contacts/lists.ts'
import { ofLivingAccounts } from '../../contacts/living.ts'
import type { ContentTree } from '../../csp/element.ts'
import type { Version } from '../../csp/versions.ts'
import { type Access, attributeListOf, type Relation } from '../../presence/access.ts'
import { type AttributeSet, attributesOf, noAttributes } from '../../presence/attributes.ts'
import { findLists, namedLists, namedUsers, userIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * GetAttributeList-Request → GetAttributeList-Response: the attribute lists of those that are named, of all when nobody
 * is; that of everybody else with DefaultList T.
 */
export const getAttributeList = transaction({
  request: 'GetAttributeList-Request',
  service: { '1.1': 'GALS', '1.3': 'MP' },
  session: 'live',

  async handle({ village, request, version, live }) {
    const { session } = live
    const outcome = new Outcome()
    const access = (await village.store.access.read(session.accountId)).value
    const texts = { users: namedUsers(request), lists: namedLists(request) }
    const namesNobody = texts.users.length + texts.lists.length === 0
    // A list is called as the client calls it here (clients.md 20).
    const named = new Map(
      findLists(village, session, access, texts.lists, outcome).map((one) => [one.name, one.address]),
    )
    if (namesNobody || named.size + texts.users.length > 0) outcome.succeed()
    const users = new Set(texts.users.map((text) => userIn(village, text)))
    const relations = [...(await village.store.access.relations(session.accountId)).values()].map(({ value }) => value)
    const ofUsers = relations
      .filter((one) => namesNobody || users.has(one.user))
      .filter((one) => attributeListOf(one, version) !== undefined)
    const lists = listsOf(access).filter(([name]) => namesNobody || named.has(name))
    return answer('GetAttributeList-Response', {
      Result: outcome.result(),
      DefaultAttributeList: request.flagOf('DefaultList') === true ? defaultList(access) : undefined,
      Presence: [
        ...(await ofLivingAccounts(village, ofUsers)).map((one) => ofUser(one, version)),
        ...lists.flatMap(([name, { address, attributes, notify }]) =>
          attributes === undefined
            ? []
            : [
                {
                  ContactList: named.get(name) ?? address,
                  ContactListNotify: notify,
                  PresenceSubList: subList(attributes),
                },
              ],
        ),
      ],
    })
  },
})

const defaultList = ({ attributes, notify }: Access): ContentTree | undefined =>
  attributes === undefined ? undefined : { DefaultNotify: notify, PresenceSubList: subList(attributes) }

const ofUser = (relation: Relation, version: Version): ContentTree => ({
  UserID: relation.address,
  UserNotify: relation.notify,
  PresenceSubList: subList(attributeListOf(relation, version) ?? noAttributes),
})

/** Names of attributes, without values. */
const subList = (attributes: AttributeSet): ContentTree =>
  Object.fromEntries(attributesOf(attributes).map(({ name }) => [name, '']))
