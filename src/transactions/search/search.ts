import { CspError } from '../../csp/cspError.ts'
import { wholeNumber } from '../../csp/wholeNumber.ts'
import { advancedCriteriaOf, pairsToLookUp, parseSearch } from '../../search/criteria.ts'
import { groupsAmong } from '../../search/findGroups.ts'
import { usersAmong } from '../../search/findUsers.ts'
import { lookUp } from '../../search/lookUp.ts'
import { isSearchIdOf, keepOpen, newSearchId, pageOf, pageSize, searchTime } from '../../search/paging.ts'
import { isAgreed, requireAgreed } from '../../session/offered.ts'
import type { Hit } from '../../store/searches.ts'
import { type Answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * Search-Request → Search-Response: users or groups that may be found, by pairs of what is looked for and where; the
 * first page of them, or with a SearchID the page that begins at SearchIndex.
 */
export const search = transaction({
  request: 'Search-Request',
  service: 'SRCH',
  session: 'live',

  handle: (context) => {
    const searchId = context.request.textOf('SearchID')
    return searchId === undefined ? begin(context) : goOn(context, searchId)
  },
})

/** Everything is found at once; what does not go into the first page is kept. */
async function begin(context: LiveContext): Promise<Answer> {
  const { village, version, live } = context
  const { session } = live
  const limit = limitIn(context) ?? pageSize.default
  await requireAdvanced(context)
  const { kind, hits } = await find(context)
  const searchId = newSearchId(village, session)
  const search = { kind, hits, limit, validUntil: village.now() + searchTime }
  const { answer, isComplete } = pageOf({ village, session, version }, searchId, search, 1)
  if (!isComplete) await keepOpen(village, session, searchId, search)
  return { primitive: answer }
}

async function goOn(context: LiveContext, searchId: string): Promise<Answer> {
  const { village, request, version, live } = context
  const { session } = live
  const limit = limitIn(context)
  const known = isSearchIdOf(session, searchId) ? await village.store.searches.read(session.id, searchId) : undefined
  if (!known || known.validUntil <= village.now()) throw new CspError(424)
  const index = request.textOf('SearchIndex') ?? ''
  const from = /^\d{1,10}$/.test(index) ? Number(index) : 0
  if (from < 1 || from > known.hits.length) throw new CspError(425)
  const search = limit === undefined ? known : { ...known, limit }
  return { primitive: pageOf({ village, session, version }, searchId, search, from).answer }
}

function limitIn({ request }: LiveContext): number | undefined {
  const limit = wholeNumber(request, 'SearchLimit')
  if (limit === 0) throw new CspError(402, 'SearchLimit is 0')
  return limit === undefined ? undefined : Math.min(limit, pageSize.max)
}

/** AdvancedCriteria are a function of their own. */
async function requireAdvanced({ request, version, live, offered }: LiveContext): Promise<void> {
  if (advancedCriteriaOf(request, version) === undefined) return
  if (!isAgreed('ADVSR', live.session)) await live.readStrongly()
  requireAgreed('ADVSR', live.session, offered)
}

/** @throws CspError 537 for criteria that nobody can be looked up by */
async function find({ village, request, version, live: { session } }: LiveContext): Promise<{
  kind: 'user' | 'group'
  hits: Hit[]
}> {
  const { kind, criteria } = parseSearch(request, version, village.settings.domain)
  const pairs = pairsToLookUp(criteria)
  if (!pairs) throw new CspError(537)
  if (kind === 'group') return { kind, hits: await groupsAmong(village, session, pairs, criteria) }
  return { kind, hits: await usersAmong(village, session, await lookUp(village, kind, pairs), criteria) }
}
