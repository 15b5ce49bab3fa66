import type { Account } from '../src/accounts/account.ts'
import type { Village } from '../src/village.ts'
import { time } from './facts.ts'
import { groupFacts, membersOf, rejectedBy } from './groups.ts'

/** What belongs to a user of groups and invitations. Where others have made the user a member stands with their groups. */
export async function groupBelongingsOf(village: Village, { accountId }: Account): Promise<Record<string, unknown>> {
  const { ownProperties, invitations } = village.store
  const [owned, own, { got, made }] = await Promise.all([
    ownedGroups(village, accountId),
    ownProperties.all(accountId),
    invitations.all(accountId),
  ])
  return {
    groups: owned,
    saidOfGroups: own.map(({ address, autoJoin, showID, privateMessaging, screenName }) => ({
      group: address,
      autoJoin,
      showID,
      privateMessaging,
      screenName: screenName ?? null,
    })),
    invitedBy: got.map(({ from, type, groupId, as, validUntil, outcome }) => ({
      user: from.user,
      type,
      group: groupId ?? null,
      as: as?.SName ?? null,
      validUntil: time(validUntil),
      outcome: outcome ? { state: outcome.state, at: time(outcome.at), note: outcome.note ?? null } : null,
    })),
    hasInvited: made.map(({ inviteId, at, validUntil, recipients }) => ({
      id: inviteId,
      users: recipients.map(({ user, as }) => as?.SName ?? user),
      at: time(at),
      validUntil: time(validUntil),
    })),
  }
}

async function ownedGroups(village: Village, accountId: string): Promise<unknown[]> {
  const { groups } = village.store
  const found: unknown[] = []
  for (const key of await groups.owned(accountId)) {
    const group = await groups.read(key)
    if (group?.owner?.accountId !== accountId) continue
    const [members, rejected] = await Promise.all([membersOf(village, group), rejectedBy(village, group)])
    found.push({ ...groupFacts(group), members, rejected })
  }
  return found
}
