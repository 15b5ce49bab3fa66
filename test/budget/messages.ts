import type { ContentTree } from '../../src/csp/element.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount } from '../support/village.ts'
import { createShop, names, type Priced, settle } from './shop.ts'

const message = (to: readonly string[], ContentData: string, report = false): ContentTree => ({
  DeliveryReport: report,
  MessageInfo: { Recipient: { User: to.map((user) => ({ UserID: `wv:${user}` })) } },
  ContentData,
})

/** What messages cost: sent, polled, acknowledged. */
export async function priceMessages(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  const bob = await settle(village, 'bob')
  const send = (to: readonly string[], report = false) =>
    ann.request('SendMessage-Request', message(to, 'hello', report))
  const deliver = (id: string) => bob.request('Status', { Result: { Code: 200 } }, { id, mode: 'Response' })
  // The recipient's account, its values and access in one Query, the end of its inbox, its session; and once more who is
  // live, after the message is there (1.5). Written are what was decided (for a repetition), the message, and the bell.
  await price('SendMessage to one live session', [5.5, 3, 0], () => send(['bob']))
  // The session strongly, the head of the inbox, who fetches. The first time this session becomes the one that does (1).
  await price('poll that brings the first message of a session', [3.5, 2, 0], () => bob.poll())
  // The mark, and that nothing is on its way any more; a glance at the inbox.
  await price('its acknowledgement, nothing more waits', [1, 2, 0], () => deliver('1'))
  await send(['bob'])
  await price('poll that brings a message', [3.5, 1, 0], () => bob.poll())
  await send(['bob'])
  // The mark of the one, and the next one in the answer.
  await price('acknowledgement that brings the next', [3.5, 2, 0], () => deliver('2'))
  await price('an acknowledgement, nothing more waits', [1, 2, 0], () => deliver('3'))
  await send(['bob'], true)
  await bob.poll()
  // What is reported is decided with the message (1), put into the inbox of the sender (1), whose session is rung (1).
  await price('an acknowledgement that is reported', [3.5, 5, 1], () => deliver('4'))
  await price('poll that brings a report', [3.5, 2, 0], () => ann.poll())
  await price('its acknowledgement', [1, 2, 0], () => ann.acknowledge('1'))
  const friends = names(10)
  for (const user of friends) await settle(village, user)
  await price('SendMessage to ten live sessions', [50.5, 21, 0], () => send(friends))
  return priced
}

/** Stored for one who is not there, and contents that have items of their own. */
export async function priceLargeMessages(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  await addCheapAccount(village, 'bob', 'pw')
  const bob = new Phone(village, { user: 'bob' })
  const send = (text: string, report = false) => ann.request('SendMessage-Request', message(['bob'], text, report))
  await price('SendMessage to a user who is not there', [4.5, 2, 0], () => send('hello'))
  await price('SendMessage of 10 kB to a user who is not there', [4.5, 12, 0], () => send('x'.repeat(10_000)))
  await price('SendMessage with a report to a user who is not there', [5.5, 2, 1], () => send('hello', true))
  for (let number = 0; number < 97; number++) await send('hello')
  // Its bell alone is written for all of them.
  await price('login with 100 stored messages', [8, 5, 1], () => bob.login())
  return priced
}
