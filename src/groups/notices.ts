import { notify } from '../notifications/notify.ts'
import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'

/** Who has done something: his other sessions may want to know, this one knows. */
export type Actor = Pick<Session, 'id' | 'user' | 'accountId'>

/** Notifications (1.3) of what befell a user in a group: membership granted, revoked, its access updated. */
export const notifyMember = (
  village: Village,
  group: Group,
  type: 'GMG' | 'GMR' | 'GMAU',
  member: Pick<Owner, 'accountId'>,
  by: Actor,
): Promise<void> => notify(village, member, { type, groupId: group.address }, by.id)

/**
 * What has become of a group itself (created, deleted, its members updated) is told to the one who has made it, and to
 * the other sessions of who did it: not to each member, of whom there may be hundreds.
 */
export async function notifyMakers(
  village: Village,
  { owner, address }: Group,
  type: 'GC' | 'GD' | 'GMU',
  by: Actor,
): Promise<void> {
  const accounts = new Set([by.accountId, ...(owner ? [owner.accountId] : [])])
  await inLots([...accounts], (accountId) => notify(village, { accountId }, { type, groupId: address }, by.id))
}

/** A group is gone (GR): all who were members or joined are told, but for who has removed it. */
export async function notifyRemoved(
  village: Village,
  { owner, address }: Group,
  known: readonly string[],
  by: Actor | undefined,
): Promise<void> {
  const told = known.filter((one) => by === undefined || (one !== by.accountId && one !== owner?.accountId))
  await inLots(told, (accountId) => notify(village, { accountId }, { type: 'GR', groupId: address }))
}
