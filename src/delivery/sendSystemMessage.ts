import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { openServerTransaction } from './openServerTransaction.ts'
import { answerableFor } from './systemAnswers.ts'
import { systemMessage } from './systemMessage.ts'

/** What the operator says, and which answers there are; without any it is not to be answered. */
export interface OperatorsWords {
  readonly id: string
  readonly text: string
  readonly answers?: readonly string[]
}

/**
 * Sends the operator's words to sessions. Where they are to be answered that is written first: whoever is shown the
 * question can answer it.
 *
 * @returns how many sessions took them
 */
export async function sendSystemMessage(
  village: Village,
  { id, text, answers = [] }: OperatorsWords,
  sessions: readonly Session[],
): Promise<number> {
  const at = village.now()
  const options = answers.map((one, index) => ({ id: String(index + 1), text: one }))
  if (options.length > 0) {
    const owners = new Map(sessions.map(({ user, accountId }) => [accountId, { user, accountId }]))
    const expiresAt = Math.ceil(at / 1000) + answerableFor
    await village.store.systemMessages.open({ id, text, at, options, expiresAt }, [...owners.values()])
  }
  const data = { id, text, at, ...(options.length > 0 && { options }) }
  let sent = 0
  for (const session of sessions) {
    if ((await openServerTransaction(village, session, systemMessage.kind, data)) !== undefined) sent++
  }
  return sent
}
