import { isRefused, judge, ownJudgement } from '../presence/access.ts'
import { type AttributeSet, holds as includes, noAttributes } from '../presence/attributes.ts'
import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import { liveAmong } from '../session/lookup.ts'
import type { DirectoryView } from '../store/directory.ts'
import type { Hit } from '../store/searches.ts'
import type { Village } from '../village.ts'
import { type Criteria, holds, type Pair, pairsIn } from './criteria.ts'
import type { Candidate } from './lookUp.ts'
import { ageOf, type PublicProfile, textsOfUser } from './profile.ts'
import { matches } from './texts.ts'

/**
 * Those of the candidates who are what the searcher looks for, may be found, do not keep the searcher out, and whose
 * account is there and not disabled. Two strong reads for each, a third where it has to be judged, and half a unit for each client that should be
 * online where that is asked for.
 */
export async function usersAmong(
  village: Village,
  searcher: Owner,
  candidates: readonly Candidate[],
  criteria: Criteria,
): Promise<Hit[]> {
  const hits = await inLots(candidates, ({ name, incarnation }) =>
    hitOf(village, searcher, { user: name, accountId: incarnation }, criteria),
  )
  return hits.filter((hit) => hit !== undefined)
}

async function hitOf(village: Village, searcher: Owner, found: Owner, criteria: Criteria): Promise<Hit | undefined> {
  const asked = pairsIn(criteria).map(({ name }) => name)
  const asksPresence = asked.some((name) => name === 'USER_ONLINE_STATUS' || name === 'USER_ALIAS')
  const view = await village.store.directory.view(found.accountId, asksPresence)
  const { entry } = view
  if (!entry || entry.searchable === false) return undefined
  const visible = await visibleTo(village, searcher, found, view, asksPresence)
  if (visible === undefined) return undefined
  const online =
    asked.includes('USER_ONLINE_STATUS') && includes(visible, 'OnlineStatus')
      ? await isOnline(village, view)
      : undefined
  const texts = textsOfUser(entry, includes(visible, 'Alias') ? view.document : undefined)
  const age = ageOf(entry)
  const isSo = ({ name, element, pattern }: Pair): boolean => {
    if (name === 'USER_ONLINE_STATUS') return online !== undefined && online === (pattern === 'T')
    if (name === 'USER_AGE_MIN') return age !== undefined && age >= Number(pattern)
    if (name === 'USER_AGE_MAX') return age !== undefined && age <= Number(pattern)
    return matches(texts[name], pattern, element.comparing!)
  }
  if (!holds(criteria, isSo)) return undefined
  const account = await village.store.accounts.read(found.user)
  if (account?.accountId !== found.accountId || account.disabled) return undefined
  const friendlyName = entry.profile.PP_FRIENDLY_NAME
  return { name: found.user, ...(friendlyName !== undefined && { friendlyName }) }
}

/** What a user says to everybody, unless the reader is kept out or the account is disabled. Two strong reads at most. */
export async function profileFor(
  village: Village,
  reader: Owner,
  owner: Owner & { readonly disabled: boolean },
): Promise<PublicProfile> {
  if (owner.disabled) return {}
  const view = await village.store.directory.view(owner.accountId, false)
  if (!view.entry) return {}
  return (await visibleTo(village, reader, owner, view)) === undefined ? {} : view.entry.profile
}

/**
 * What the searcher may see of a user's presence; undefined for one who is kept out.
 *
 * @param asksPresence false where nothing of it is asked for: then nobody need be judged unless somebody is kept out
 */
async function visibleTo(
  village: Village,
  searcher: Owner,
  { accountId }: Owner,
  { access }: DirectoryView,
  asksPresence = false,
): Promise<AttributeSet | undefined> {
  if (accountId === searcher.accountId) return ownJudgement.visible
  // Nobody is kept out, and nothing of the presence is told.
  if (!asksPresence && !access.blockListInUse && !access.grantListInUse) return noAttributes
  const relation = (await village.store.access.relation(accountId, searcher.user))?.value
  const said = relation?.accountId === searcher.accountId ? relation : undefined
  return isRefused(access, said) ? undefined : judge(access, said, searcher.accountId).visible
}

/** By the sessions that are live, not by what was stored of them. */
async function isOnline(village: Village, { document }: DirectoryView): Promise<boolean> {
  const said = Object.entries(document?.clients ?? {}).flatMap(([id, { live }]) => (live ? [id] : []))
  return (await liveAmong(village, said)).length > 0
}
