import { element } from '../csp/element.ts'
import type { Transaction } from '../csp/message.ts'
import { transactionIds } from '../store/queue.ts'
import { result } from '../transactions/transaction.ts'
import type { Village } from '../village.ts'
import { phase, type Session } from './session.ts'

/**
 * The server's Disconnect (601, forced logout) of a session that was ended by the operator: told once, at the next poll.
 * No answer is needed. After it the session is one that does not exist (604), though it can be re-established.
 */
export async function tellDisconnect(village: Village, session: Session | undefined): Promise<Transaction | undefined> {
  if (!session?.disconnectPending || phase(village.now(), session) === 'gone') return undefined
  if (!(await village.store.sessions.tellDisconnect(session))) return undefined
  const transactionId = String((session.serverTransactions % transactionIds) + 1)
  return { mode: 'Request', id: transactionId, primitive: element('Disconnect', { Result: result(601) }) }
}
