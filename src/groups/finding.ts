import { parseGroupAddress } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'

/** The name by which a group is kept. Undefined for what can be none, and for other domains. */
export function groupKeyIn({ settings }: Village, text: string): string | undefined {
  const address = parseGroupAddress(text, settings.domain)
  return address?.domain === settings.domain ? `${address.owner}/${address.name}` : undefined
}

/**
 * The name of a group that a user may make: in his own name.
 *
 * @throws CspError 806 for what can be no group, or another's
 */
export function ownGroupKey({ settings }: Village, { user }: Pick<Session, 'user'>, text: string): string {
  const address = parseGroupAddress(text, settings.domain)
  if (address?.owner !== user || address.domain !== settings.domain)
    throw new CspError(806, 'GroupID is no group that this user can make')
  return `${address.owner}/${address.name}`
}

/** The group of that address, unless it is being removed. One strong read. */
export async function findGroup(village: Village, text: string): Promise<Group | undefined> {
  const key = groupKeyIn(village, text)
  const group = key === undefined ? undefined : await village.store.groups.read(key)
  return group?.deleting ? undefined : group
}

/** @throws CspError 800 when there is none */
export async function requireGroup(village: Village, text: string | undefined): Promise<Group> {
  const group = text === undefined ? undefined : await findGroup(village, text)
  if (!group) throw new CspError(800)
  return group
}
