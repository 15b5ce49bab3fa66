import { listsOf } from '../../contacts/lists.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { answer, transaction } from '../transaction.ts'

/** GetList-Request → GetList-Response: the user's contact lists. The default list stands by itself (clients.md 17). */
export const getList = transaction({
  request: 'GetList-Request',
  service: 'GCLI',
  session: 'live',

  async handle({ village, version, live }) {
    const { value: access } = await village.store.access.read(live.session.accountId)
    const { defaultList } = access
    const others = listsOf(access).flatMap(([name, { address }]) => (name === defaultList ? [] : [address]))
    return answer('GetList-Response', {
      ...(isAtLeast(version, '1.3') ? { ContactListIDList: { ContactList: others } } : { ContactList: others }),
      DefaultContactList: defaultList === undefined ? undefined : access.lists[defaultList]!.address,
    })
  },
})
