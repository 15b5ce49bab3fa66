import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { parseProperties, propertiesOf, withList } from '../../contacts/lists.ts'
import { checkSize, namedContacts, withMember, withoutMember } from '../../contacts/members.ts'
import { withScheme } from '../../csp/address.ts'
import { CspError } from '../../csp/cspError.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { notifyOthers } from '../../notifications/notify.ts'
import type { Access } from '../../presence/access.ts'
import { inLots } from '../../presence/lots.ts'
import type { Target } from '../../presence/subscribing.ts'
import { randomText } from '../../randomText.ts'
import type { Session } from '../../session/session.ts'
import type { Village } from '../../village.ts'
import { findUsers, ownListName } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * CreateList-Request → Status; in 1.3, when all went well, CreateList-Response. Contacts that do not exist are left out
 * (201). A list that is there already stays as it is (701).
 */
export const createList = transaction({
  request: 'CreateList-Request',
  service: 'CCLI',
  session: 'live',
  requires: ['ContactList'],

  async handle({ village, request, version, live }) {
    const { session } = live
    const { settings } = village
    const text = request.textOf('ContactList') ?? ''
    const name = ownListName(village, session, text)
    const properties = parseProperties(request.child('ContactListProperties'))
    const contacts = namedContacts(request.child('NickList'))
    const outcome = new Outcome()
    const targets = await findUsers(
      village,
      contacts.map((one) => one.text),
      outcome,
    )
    checkSize(targets.length, settings.contactsPerListMax)
    const id = randomText(village.random, 6)
    const list = { name, id, address: withScheme(text), properties }
    const add = (before: Access) => withList(before, list, settings.contactListsMax)
    add((await village.store.access.read(session.accountId)).value)
    // The list comes last: whoever repeats the request after a crash finds no list without its contacts.
    const names = new Map(contacts.map((one) => [withScheme(one.text), one.name]))
    await inLots(targets, (target) =>
      changeRelation(village, session.accountId, target, (relation) =>
        withMember(relation, target, id, names.get(target.address) ?? ''),
      ),
    )
    const access = await changeOwnAccess(village, session.accountId, add).catch(async (error) => {
      // Another invocation was faster: nobody is on a list that there is not.
      if (error instanceof CspError) await inLots(targets, (target) => leave(village, session, target, id))
      throw error
    })
    await notifyOthers(village, session, access, [{ type: 'CLCR', lists: [list.address] }])
    outcome.succeed()
    const Result = outcome.result()
    if (!isAtLeast(version, '1.3') || outcome.isPartial) return answer('Status', { Result })
    return answer('CreateList-Response', {
      ContactList: withScheme(text),
      ContactListProperties: propertiesOf(access, name),
    })
  },
})

const leave = (village: Village, { accountId }: Session, target: Target, list: string): Promise<void> =>
  changeRelation(village, accountId, target, (relation) => withoutMember(relation, list))
