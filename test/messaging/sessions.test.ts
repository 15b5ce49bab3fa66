import { describe, expect, test } from 'vitest'
import type { Phone } from '../support/phone.ts'
import {
  client,
  delivered,
  fetchAll,
  hotItem,
  messageIdOf,
  reportsTo,
  type Stage,
  send,
  stage,
  textOf,
} from './stage.ts'

// Messages of a user who has several sessions, of one that does not acknowledge, and of one that has come back.

/** Everybody polls every ten seconds. @returns the names of what each was told */
async function pollFor(
  { village }: Stage,
  hours: number,
  phones: readonly Phone[],
  acknowledges: boolean,
): Promise<string[][]> {
  const told: string[][] = phones.map(() => [])
  for (let time = 0; time < hours * 360; time++) {
    for (const [index, phone] of phones.entries()) {
      const reply = await phone.poll()
      if (reply.name === 'nothing') continue
      told[index]!.push(reply.name)
      if (acknowledges) await phone.acknowledge(reply.transactionId!)
    }
    village.clock.advance(10_000)
  }
  return told
}

describe('of two sessions of a user', () => {
  test('each is notified of a message once when it acknowledges the notification', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const capabilities = { ServerPollMin: 10, InitialDeliveryMethod: 'N' }
    const one = await client(at, 'ann', { client: 'one', capabilities })
    const two = await client(at, 'ann', { client: 'two', capabilities })
    await send(bob, 'ann', 'hello')
    expect(await pollFor(at, 1, [one, two], true)).toEqual([['MessageNotification'], ['MessageNotification']])
  })

  test('neither is sent a message that it never acknowledges more than four times, and ever more seldom after that', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const capabilities = { ServerPollMin: 10 }
    const one = await client(at, 'ann', { client: 'one', capabilities })
    const two = await client(at, 'ann', { client: 'two', capabilities })
    await send(bob, 'ann', 'hello')
    const told = await pollFor(at, 2, [one, two], false)
    // Four tries; then after ten minutes, after twenty, after forty. The next is due in the third hour.
    expect(told.map(({ length }) => length)).toEqual([7, 7])
    expect((await pollFor(at, 1, [one, two], false)).map(({ length }) => length)).toEqual([1, 1])
  })

  test('the one that has logged in later gets a message that was left to another for its content type, when it takes that too', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const takes = (...types: string[]) => ({
      ServerPollMin: 30,
      AcceptedContentType: types,
      AcceptedTransferEncoding: 'BASE64',
    })
    await client(at, 'ann', { client: 'pc', capabilities: takes('text/plain', 'image/png') })
    const phone = await client(at, 'ann', { client: 'phone', capabilities: takes('text/plain') })
    await send(bob, 'ann', 'AAAA', { info: { ContentType: 'image/png', ContentEncoding: 'BASE64' } })
    // The computer is switched off.
    const other = await client(at, 'ann', { client: 'other', capabilities: takes('text/plain', 'image/png') })
    expect((await phone.poll()).name).toBe('nothing')
    expect(textOf(await other.poll())).toBe('AAAA')
  })
})

test('a Status that says that the client could do nothing with a message is no delivery', async () => {
  const at = await stage(['ann', 'bob'])
  const bob = await client(at, 'bob')
  const ann = await client(at, 'ann')
  await send(bob, 'ann', 'hello', { report: true })
  const message = await ann.poll()
  await ann.request('Status', { Result: { Code: 500 } }, { id: message.transactionId!, mode: 'Response' })
  expect(await reportsTo(bob)).toEqual([])
  const fetched = await ann.request('GetMessage-Request', { MessageID: messageIdOf(message) })
  expect(textOf(fetched)).toBe('hello')
  await delivered(ann, fetched, '77')
  expect(await reportsTo(bob)).toEqual([200])
})

describe('a session that has come back', () => {
  test('gets what was given up in it under the same TransactionID (R13)', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const ann = await client(at, 'ann')
    // So that the number is not simply the first one.
    await send(bob, 'ann', 'zero')
    await fetchAll(ann)
    await send(bob, 'ann', 'hello')
    const numbers = new Set<string>()
    for (let time = 0; time < 12; time++) {
      const { transactionId } = await ann.poll()
      if (transactionId !== undefined) numbers.add(transactionId)
      at.village.clock.advance(15_000)
    }
    expect(numbers.size).toBe(1)
    expect(hotItem(at, ann).inFlight).toEqual({})
    await ann.login({ sessionId: ann.sessionId!, timeToLive: 7200 })
    const again = await ann.poll()
    expect(textOf(again)).toBe('hello')
    expect(numbers).toContain(again.transactionId)
  })

  test.each([14, 15, 16])(
    'is told of what waits behind the message that was on its way, after %s that are done with',
    async (done) => {
      const at = await stage(['ann', 'bob'])
      const bob = await client(at, 'bob')
      const ann = await client(at, 'ann')
      for (let number = 0; number < done; number++) await send(bob, 'ann', `done ${number}`)
      await fetchAll(ann)
      await send(bob, 'ann', 'on its way')
      expect(textOf(await ann.poll())).toBe('on its way')
      for (const text of ['second', 'third']) await send(bob, 'ann', text)
      await ann.login({ sessionId: ann.sessionId!, timeToLive: 7200 })
      const first = await ann.poll()
      expect(textOf(first)).toBe('on its way')
      const second = await delivered(ann, first)
      expect(textOf(second)).toBe('second')
      expect(textOf(await delivered(ann, second))).toBe('third')
    },
  )

  test('gets all that was given up in it, each under its TransactionID and in order, before what is new (R13)', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const ann = await client(at, 'ann')
    const texts = Array.from({ length: 20 }, (_, number) => `message ${number}`)
    for (const text of texts) await send(bob, 'ann', text)
    const numbers = new Map<string | undefined, string | undefined>()
    for (let time = 0; time < 200; time++) {
      const reply = await ann.poll()
      if (reply.name === 'NewMessage') {
        const before = numbers.get(textOf(reply))
        expect(before ?? reply.transactionId).toBe(reply.transactionId)
        numbers.set(textOf(reply), reply.transactionId)
      }
      at.village.clock.advance(11_000)
    }
    expect(numbers.size).toBe(20)
    await ann.login({ sessionId: ann.sessionId!, timeToLive: 7200 })
    await send(bob, 'ann', 'new')
    const again: (readonly [string | undefined, string | undefined])[] = []
    for (let reply = await ann.poll(); reply.name === 'NewMessage'; reply = await delivered(ann, reply))
      again.push([textOf(reply), reply.transactionId])
    expect(again.map(([text]) => text)).toEqual([...texts, 'new'])
    expect(again.slice(0, 20)).toEqual(texts.map((text) => [text, numbers.get(text)]))
    expect([...numbers.values()]).not.toContain(again[20]![1])
  })
})

test('a message that was told by a notification is pushed under another TransactionID: phones drop one that they know (clients.md 28)', async () => {
  const at = await stage(['ann', 'bob'])
  const bob = await client(at, 'bob')
  const ann = await client(at, 'ann')
  await ann.request('SetDeliveryMethod-Request', { DeliveryMethod: 'N' })
  await send(bob, 'ann', 'hello')
  const first = await ann.poll()
  expect(first.name).toBe('MessageNotification')
  await ann.request('SetDeliveryMethod-Request', { DeliveryMethod: 'P' })
  at.village.clock.advance(11_000)
  const second = await ann.poll()
  expect(textOf(second)).toBe('hello')
  expect(second.transactionId).not.toBe(first.transactionId)
})
