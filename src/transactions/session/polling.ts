import { nextTransactions } from '../../delivery/delivery.ts'
import { transaction } from '../transaction.ts'

/**
 * Polling-Request → the next server transaction, or nothing. It comes without TransactionID, with an empty one, or with
 * a number (clients.md 9).
 */
export const polling = transaction({
  request: 'Polling-Request',
  session: 'live',

  async handle({ village, live }) {
    return { serverTransactions: await nextTransactions(village, live) }
  },
})
