import type { Session } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { Village } from '../village.ts'
import { initiate } from './cir.ts'
import { serverTransactions } from './serverTransactions.ts'

/**
 * Opens a server transaction in a live session: queues it, and tells the client that something waits where a CIR channel
 * was agreed. Two writes.
 *
 * @param kind one of `serverTransactions`
 * @returns its TransactionID; undefined when the session is not live, or its queue is full
 */
export async function openServerTransaction(
  village: Village,
  session: Session,
  kind: string,
  data: QueueEntry['data'],
): Promise<number | undefined> {
  const { survivesRestore } = serverTransactions[kind]!
  const transactionId = await village.store.queue.add(session, { kind, data, survivesRestore })
  if (transactionId !== undefined) await initiate(village, session)
  return transactionId
}
