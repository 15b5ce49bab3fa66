import { expect, test } from 'vitest'
import { namespaces } from '../../src/csp/versions.ts'
import { messageIdOf, textOf } from '../messaging/stage.ts'
import type { Phone, Reply } from '../support/phone.ts'
import { create, fetch, join, leave, say, taken, three } from './stage.ts'

// What a client says it has of a group is stored, whatever the message that says it; and it brings what comes next.

/** bob has been sent a message of the group, and has not acknowledged it. */
async function told() {
  const { at, ann, bob } = await three()
  await create(ann)
  await join(bob)
  await say(ann, 'hello')
  const shown = await bob.poll()
  expect(textOf(shown)).toBe('hello')
  const comesAgain = async () => {
    at.village.clock.advance(60_000)
    return (await bob.poll()).name
  }
  return { bob, shown, comesAgain }
}

/** The acknowledgement in one message with a request. */
function besideRequest(phone: Phone, shown: Reply): Promise<Reply> {
  const { session, transaction } = namespaces[phone.version]
  const written = (mode: string, id: string, content: string) =>
    `<Transaction><TransactionDescriptor><TransactionMode>${mode}</TransactionMode><TransactionID>${id}</TransactionID>` +
    `</TransactionDescriptor><TransactionContent xmlns="${transaction}">${content}</TransactionContent></Transaction>`
  const delivered = `<MessageDelivered><MessageID>${messageIdOf(shown)}</MessageID></MessageDelivered>`
  return phone.post(
    `<WV-CSP-Message xmlns="${session}"><Session><SessionDescriptor><SessionType>Inband</SessionType>` +
      `<SessionID>${phone.sessionId}</SessionID></SessionDescriptor>` +
      `${written('Response', shown.transactionId!, delivered)}${written('Request', '77', '<KeepAlive-Request/>')}` +
      '</Session></WV-CSP-Message>',
  )
}

test('MessageDelivered as a request of its own', async () => {
  const { bob, shown, comesAgain } = await told()
  expect((await bob.request('MessageDelivered', { MessageID: messageIdOf(shown) })).code).toBe(200)
  expect(await comesAgain()).toBe('nothing')
})

test('MessageDelivered under another number', async () => {
  const { bob, shown, comesAgain } = await told()
  const content = { MessageID: messageIdOf(shown) }
  expect((await bob.request('MessageDelivered', content, { id: '77', mode: 'Response' })).code).toBe(200)
  expect(await comesAgain()).toBe('nothing')
})

test('MessageDelivered in one message with a request', async () => {
  const { bob, shown, comesAgain } = await told()
  expect((await besideRequest(bob, shown)).name).toBe('KeepAlive-Response')
  expect(await comesAgain()).toBe('nothing')
})

test('RejectMessage', async () => {
  const { bob, shown, comesAgain } = await told()
  expect((await bob.request('RejectMessage-Request', { MessageID: messageIdOf(shown) })).code).toBe(200)
  expect(await comesAgain()).toBe('nothing')
})

test('an acknowledgement brings the next, of messages and notices', async () => {
  const { ann, bob, cy } = await three()
  await create(ann, {}, { SubscribeNotification: true })
  await join(bob)
  await join(cy)
  await leave(cy)
  await say(bob, 'one')
  await say(bob, 'two')
  // One poll: the rest comes in the answers to the acknowledgements (clients.md 8).
  expect(await fetch(ann)).toEqual(['GroupChangeNotice', 'GroupChangeNotice', 'GroupChangeNotice', 'one', 'two'])
})

test('the answer says that more waits until the last has been sent', async () => {
  const { ann, bob } = await three()
  await create(ann)
  await join(bob)
  await say(ann, 'one')
  await say(ann, 'two')
  const first = await bob.poll()
  expect(first.text).toContain('<Poll>T</Poll>')
  const second = await taken(bob, first)
  expect(textOf(second)).toBe('two')
  expect(second.text).toContain('<Poll>F</Poll>')
  expect((await taken(bob, second)).name).toBe('nothing')
})
