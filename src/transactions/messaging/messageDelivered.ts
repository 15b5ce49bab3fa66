import { CspError } from '../../csp/cspError.ts'
import { acknowledge, acknowledgeFetched } from '../../delivery/acknowledging.ts'
import { status, transaction } from '../transaction.ts'

/**
 * MessageDelivered → Status: the client has a message. COMPAT(SMS20, LWB 068): it may come as a Request of its own, and
 * names the message. 426 for one that is not there; one that was acknowledged a moment ago is 200 again.
 */
export const messageDelivered = transaction({
  request: 'MessageDelivered',
  session: 'live',
  requires: ['MessageID'],

  async handle({ village, request, live }) {
    await live.readStrongly()
    const entry = live.queue.find(({ data }) => data.id === request.textOf('MessageID'))
    const isKnown = entry
      ? await acknowledge(village, live, String(entry.transactionId), request)
      : await acknowledgeFetched(village, live, request, { orBefore: true })
    if (!isKnown) throw new CspError(426)
    return status(200)
  },
})
