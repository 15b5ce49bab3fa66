import type { Village } from '../village.ts'
import { type Access, type Judgement, judge, ownJudgement } from './access.ts'
import type { Owner } from './subscription.ts'

/**
 * What a user lets another see, as it stands now. Strong: the relation, and what is said of all others.
 *
 * @param known what the owner has said of all others, where that was read a moment ago
 */
export async function judgementOf(
  { store: { access } }: Village,
  { accountId }: Pick<Owner, 'accountId'>,
  viewer: Owner,
  known?: Access,
): Promise<Judgement> {
  // A user's own presence is always open to the user (clients.md 16).
  if (viewer.accountId === accountId) return ownJudgement
  const [said, relation] = await Promise.all([
    known ?? access.read(accountId).then(({ value }) => value),
    access.relation(accountId, viewer.user),
  ])
  return judge(said, relation?.value, viewer.accountId)
}
