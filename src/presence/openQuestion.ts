import type { Village } from '../village.ts'
import { judgementOf } from './judgement.ts'
import type { Question } from './questions.ts'
import type { Owner } from './subscription.ts'

/**
 * False for a question that nobody waits for any more, and then it is closed: who asked is gone, though another may have
 * the name; or an answer has come, whose call died before it could close it.
 */
export async function isStillOpen(
  village: Village,
  owner: Pick<Owner, 'accountId'>,
  question: Question,
): Promise<boolean> {
  const account = await village.store.accounts.read(question.user)
  const isThere = account?.accountId === question.accountId
  if (isThere && !(await judgementOf(village, owner, question)).covered) return true
  await village.store.access.closeQuestion(owner.accountId, question.user)
  return false
}
