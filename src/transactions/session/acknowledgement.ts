import { status, transaction } from '../transaction.ts'

/**
 * COMPAT(SMS20): an acknowledgement may come as a Request of its own, and wants a Status. It names nothing that it could
 * acknowledge.
 */
export const statusAsRequest = transaction({
  request: 'Status',
  session: 'live',
  handle: async () => status(200),
})
