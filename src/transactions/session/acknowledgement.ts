import { acknowledge } from '../../delivery/delivery.ts'
import { status, transaction } from '../transaction.ts'

/**
 * COMPAT(SMS20, LWB 068): an acknowledgement may come as a Request of its own, and wants a Status. A Status names
 * nothing that it could acknowledge; a MessageDelivered names the message.
 */
export const statusAsRequest = transaction({
  request: 'Status',
  session: 'live',
  handle: async () => status(200),
})

export const messageDelivered = transaction({
  request: 'MessageDelivered',
  session: 'live',
  requires: ['MessageID'],

  async handle({ village, request, live }) {
    await live.readStrongly()
    const entry = live.queue.find(({ data }) => data.id === request.textOf('MessageID'))
    if (entry) await acknowledge(village, live, String(entry.transactionId))
    return status(200)
  },
})
