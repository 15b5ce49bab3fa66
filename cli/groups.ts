import { parseGroupAddress } from '../src/csp/address.ts'
import type { Group, Member } from '../src/groups/group.ts'
import { joinedNow } from '../src/groups/joinedUsers.ts'
import { isOwner } from '../src/groups/privileges.ts'
import { groupValues } from '../src/groups/properties.ts'
import { inLots } from '../src/presence/lots.ts'
import type { Village } from '../src/village.ts'
import { CommandError, UsageError } from './errors.ts'
import { sessionName, time } from './facts.ts'

/**
 * The name by which a group is kept, in what an operator writes: `wv:/lobby`, `/lobby@example.org`, `ann/party`.
 *
 * @throws UsageError for what is no group's name, or one of another domain
 */
export function parseGroup(text: string, { settings: { domain } }: Village): string {
  const address = parseGroupAddress(text, domain)
  if (!address)
    throw new UsageError(`"${text}" is no GroupID: wv:/lobby is one of the service, wv:ann/party one of ann.`)
  if (address.domain !== domain)
    throw new UsageError(`"${text}" is of another domain; this service's is ${domain} (IMPS_DOMAIN).`)
  return `${address.owner}/${address.name}`
}

/**
 * The group that an operator names, also while it is being removed.
 *
 * @throws UsageError as above, CommandError when there is none
 */
export async function findAnyGroup(village: Village, text: string): Promise<Group> {
  const key = parseGroup(text, village)
  const group = await village.store.groups.read(key)
  if (!group) throw new CommandError(`There is no group wv:${key}.`)
  return group
}

/** The same, but for one that is being removed. */
export async function findGroup(village: Village, text: string): Promise<Group> {
  const group = await findAnyGroup(village, text)
  if (group.deleting) throw new CommandError(`The group ${group.address} is being removed.`)
  return group
}

/** What an operator may know of a group. */
export const groupFacts = (group: Group) => ({
  group: group.address,
  owner: group.owner?.user ?? null,
  created: time(group.createdAt),
  beingRemoved: group.deleting ?? false,
  properties: groupValues(group),
  welcomeNote: group.welcomeNote?.content ?? null,
})

/** What members may do, as an operator writes it. */
export const accessOf = (group: Group, member: Member): 'Admin' | 'Mod' | 'Member' => {
  if (isOwner(group, member)) return 'Admin'
  return member.privilege === 'User' ? 'Member' : member.privilege
}

/** Who is a member of a group, but for those whose accounts are gone: they mean nothing. */
export async function membersOf(village: Village, group: Group) {
  const members = await existing(village, await village.store.members.all(group.id))
  return members.map((one) => ({ user: one.user, access: accessOf(group, one) }))
}

/** Whom a group does not let in. */
export async function rejectedBy(village: Village, { id }: Group): Promise<string[]> {
  return (await existing(village, await village.store.members.rejected(id))).map(({ user }) => user)
}

async function existing<Of extends { readonly user: string; readonly accountId: string }>(
  { store }: Village,
  all: readonly Of[],
): Promise<Of[]> {
  const accounts = await inLots(all, ({ user }) => store.accounts.read(user))
  return all.filter(({ accountId }, index) => accounts[index]?.accountId === accountId)
}

/** The sessions that are joined in a group now, by name. */
export async function joinedIn(village: Village, { id }: Group) {
  const joined = await joinedNow(village, id, await village.store.rooms.joined(id))
  const inOrder = joined.sort((a, b) => (a.user < b.user ? -1 : 1))
  return inOrder.map(({ user, screenName, sessionId, at }) => ({
    user,
    screenName,
    session: sessionName(sessionId, false),
    since: time(at),
  }))
}
