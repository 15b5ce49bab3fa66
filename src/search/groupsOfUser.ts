import { groupKeyIn } from '../groups/finding.ts'
import { isRefused } from '../presence/access.ts'
import type { Owner } from '../presence/subscription.ts'
import { liveAmong } from '../session/lookup.ts'
import type { LoginView } from '../store/accounts.ts'
import type { Village } from '../village.ts'

/**
 * The groups (by the names by which they are kept) that have something to do with a user: GROUP_USER_ID_OWNER, _JOINED,
 * _AUTOJOIN. Whose groups they are stands in their names; where somebody is joined is told only of who may be found.
 * None of a user that there is not, or who keeps the searcher out.
 */
export async function groupsOf(
  village: Village,
  searcher: Owner,
  element: string,
  user: string | undefined,
): Promise<ReadonlySet<string>> {
  const none: ReadonlySet<string> = new Set()
  const view = user === undefined ? undefined : await village.store.accounts.loginView(user)
  const account = view?.account
  if (!view || !account || account.disabled) return none
  const isOwn = account.accountId === searcher.accountId
  if (!isOwn && !(await mayAsk(village, searcher, account, element !== 'GROUP_USER_ID_OWNER'))) return none
  if (element === 'GROUP_USER_ID_OWNER') return new Set(await village.store.groups.owned(account.accountId))
  if (element === 'GROUP_USER_ID_JOINED') return new Set(await joinedBy(village, account, view.clients))
  return new Set(await autoJoinedBy(village, account))
}

async function mayAsk(village: Village, searcher: Owner, { accountId }: Owner, isPrivate: boolean): Promise<boolean> {
  const { access, entry } = await village.store.directory.view(accountId, false)
  const relation = (await village.store.access.relation(accountId, searcher.user))?.value
  if (isRefused(access, relation?.accountId === searcher.accountId ? relation : undefined)) return false
  return !isPrivate || entry?.searchable === true
}

/** By the sessions that are live. */
async function joinedBy(village: Village, { accountId }: Owner, clients: LoginView['clients']): Promise<string[]> {
  const live = await liveAmong(
    village,
    [...clients.values()].map(({ sessionId }) => sessionId),
  )
  const own = live.filter((session) => session.accountId === accountId)
  return own.flatMap(({ groups = {} }) =>
    Object.values(groups).flatMap(({ address }) => groupKeyIn(village, address) ?? []),
  )
}

/** Those that the user has said are to be joined whenever a session begins. */
async function autoJoinedBy({ store }: Village, { accountId }: Owner): Promise<string[]> {
  const own = await store.ownProperties.all(accountId)
  return own.filter(({ autoJoin }) => autoJoin).map(({ key }) => key)
}
