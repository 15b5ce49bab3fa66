import { CspError } from '../../csp/cspError.ts'
import { isSearchIdOf } from '../../search/paging.ts'
import { status, transaction } from '../transaction.ts'

/**
 * StopSearch-Request → Status: nothing is kept of the search. One that is over by itself, or was stopped before, is
 * stopped as well: a phone that missed an answer asks again.
 */
export const stopSearch = transaction({
  request: 'StopSearch-Request',
  service: 'STSRC',
  session: 'live',
  requires: ['SearchID'],

  async handle({ village, request, live: { session } }) {
    const searchId = request.textOf('SearchID') ?? ''
    if (!isSearchIdOf(session, searchId)) throw new CspError(424)
    await village.store.searches.remove(session.id, searchId)
    return status(200)
  },
})
