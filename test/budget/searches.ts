import { changeFacts } from '../../src/search/userDirectory.ts'
import { addCheapAccount } from '../support/village.ts'
import { createShop, names, type Priced, settle } from './shop.ts'

/** What it costs to look for users, and to be found. */
export async function priceSearches(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  for (const user of names(50)) {
    const account = await addCheapAccount(village, user, 'pw')
    await changeFacts(village, account, { searchable: true, lastName: 'Smith' })
  }
  const bob = await addCheapAccount(village, 'bob', 'pw')
  const look = (pairs: Readonly<Record<string, string>>, SearchLimit = 50, phone = ann) =>
    phone.request('Search-Request', {
      SearchPairList: Object.entries(pairs).map(([SearchElement, SearchString]) => ({ SearchElement, SearchString })),
      SearchLimit,
    })
  // The entry twice, and in the index a posting for each piece of the name and of the number.
  await price('account profile, a number that may be found', [2, 19, 2], () =>
    changeFacts(village, bob, { searchable: true, mobile: '+358401234567' }),
  )
  // The session, and one piece in the index.
  await price('Search, nobody is found', [1, 0, 0], () => look({ USER_ID: 'zoe' }))
  // Besides, for each who is found: entry and access in one Query, and the account.
  await price('Search by number, one is found', [3, 0, 0], () => look({ USER_MOBILE_NUMBER: '401234567' }))
  await price('Search, 50 are found and told at once', [101.5, 0, 0], () => look({ USER_LAST_NAME: 'smith' }))
  let reply = await look({ USER_LAST_NAME: 'smith' }, 20)
  // Besides, the searches that are open, and what is kept of this one.
  await price('Search, 50 are found, 20 told', [102.5, 1, 0], async () => {
    reply = await look({ USER_LAST_NAME: 'smith' }, 20)
  })
  const SearchID = reply.primitive!.textOf('SearchID')
  await price('the next page of a search', [1.5, 0, 0], () =>
    ann.request('Search-Request', { SearchID, SearchIndex: 21 }),
  )
  await price('StopSearch', [0.5, 1, 0], () => ann.request('StopSearch-Request', { SearchID }))
  await ann.request('CreateAttributeList-Request', { PresenceSubList: { OnlineStatus: '' }, DefaultList: 'T' })
  await changeFacts(village, (await village.store.accounts.read('ann'))!, { searchable: true })
  const carl = await settle(village, 'carl')
  // What the other has said of the searcher, and the session that should be live.
  await price('Search by name and online status, one is found', [4.5, 0, 0], () =>
    look({ USER_ID: 'ann', USER_ONLINE_STATUS: 'T' }, 50, carl),
  )
  return priced
}
