import { isMember } from '../contacts/members.ts'
import type { Target } from '../presence/subscribing.ts'
import { findLists, findUsers, type NamedList, namedLists, namedUsers } from './named.ts'
import type { Outcome } from './outcome.ts'
import type { LiveContext } from './transaction.ts'

/** Whom a request on presence is about. */
export interface Targets {
  /** Users that it names, and members of contact lists that it names, each once. */
  readonly targets: readonly Target[]
  /** The users that it names themselves. */
  readonly users: readonly Target[]
  readonly namesNobody: boolean
}

/**
 * The users and contact lists that a request names. Who or what cannot be found is a failure of its own.
 *
 * @param withLists what is done with the lists before their members are read
 */
export async function findTargets(
  { village, request, live }: LiveContext,
  outcome: Outcome,
  withLists?: (lists: readonly NamedList[]) => Promise<void>,
): Promise<Targets> {
  const { access } = village.store
  const { accountId } = live.session
  const texts = { users: namedUsers(request), lists: namedLists(request) }
  const users = await findUsers(village, texts.users, outcome)
  if (texts.lists.length === 0) return { targets: users, users, namesNobody: texts.users.length === 0 }
  const lists = findLists(village, live.session, (await access.read(accountId)).value, texts.lists, outcome)
  // The list is there though it may be empty.
  for (const _ of lists) outcome.succeed()
  await withLists?.(lists)
  const relations = [...(await access.relations(accountId)).values()]
  const members = relations.filter((one) => lists.some(({ list }) => isMember(one, list.id))).map(({ value }) => value)
  const targets = new Map<string, Target>([...members, ...users].map((one) => [one.user, one]))
  return {
    targets: [...targets.values()].map(({ user, accountId, address }) => ({ user, accountId, address })),
    users,
    namesNobody: false,
  }
}
