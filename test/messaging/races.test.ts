import { describe, expect, test } from 'vitest'
import { removeAccount } from '../../src/accounts/lifecycle.ts'
import { sweep } from '../../src/session/sweeper.ts'
import type { Key, Table } from '../../src/store/table.ts'
import type { Call } from '../support/faultTable.ts'
import { justBefore } from '../support/justBefore.ts'
import type { Phone, Reply } from '../support/phone.ts'
import {
  client,
  delivered,
  fetchAll,
  meeting,
  messageIdOf,
  over,
  reportsTo,
  type Stage,
  send,
  stage,
  textOf,
} from './stage.ts'

// Messages while two things happen at the same time, while a call dies, and while the table shows what was.

/** Something that happens just before the first call of a kind for an item with such a sort key. */
const meanwhile = (
  { table }: Stage,
  call: keyof Table,
  is: (sk: string) => boolean,
  act: () => Promise<unknown>,
): Table => justBefore(table, (one, key) => one === call && 'sk' in key && is((key as Key).sk), act)

const isHot = (sk: string) => sk === 'hot'
const isHolder = (sk: string) => sk === 'inbox'
const isEntry = (sk: string) => sk.startsWith('inbox#')

/** The sweeper, when no call of now can be running any more. */
const sweepLater = ({ village }: Stage) => sweep(village, village.now() + 45_000)

const isContent = ({ call, of }: Call) => call === 'query' && of.startsWith('sent#')

/** A user who sends and one who gets it, each with a client. */
async function bobAndAnn() {
  const at = await stage(['ann', 'bob'])
  return { at, bob: await client(at, 'bob'), ann: await client(at, 'ann') }
}

describe('an acknowledgement', () => {
  test('of a fetched message, under a number that the server has given another one, does not acknowledge that', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const ann = await client(at, 'ann', { capabilities: { ServerPollMin: 30, AcceptedContentLength: 20 } })
    await send(bob, 'ann', 'a long one that is told by a notification only')
    const notification = await ann.poll()
    expect(notification.name).toBe('MessageNotification')
    await ann.acknowledge(notification.transactionId!)
    const fetched = await ann.request('GetMessage-Request', { MessageID: messageIdOf(notification) })
    await send(bob, 'ann', 'short')
    // The client has not seen this one yet when it draws a number of its own (LWB 068).
    const lost = await ann.poll()
    expect(textOf(lost)).toBe('short')
    await delivered(ann, fetched, lost.transactionId!)
    at.village.clock.advance(15_000)
    expect(await fetchAll(ann)).toEqual(['short'])
  })

  test('that comes as a request, by MessageID, while a poll is about to send the message again stops it', async () => {
    const { at, bob, ann } = await bobAndAnn()
    await send(bob, 'ann', 'hello')
    const shown = await ann.poll()
    at.village.clock.advance(11_000)
    let answer: Reply | undefined
    const act = async () => {
      answer = await ann.request('MessageDelivered', { MessageID: messageIdOf(shown) })
    }
    expect((await over(ann, at, meanwhile(at, 'update', isHot, act)).poll()).name).toBe('nothing')
    expect(answer!.code).toBe(200)
  })

  test('of a message that was fetched while a poll is about to push it stops it', async () => {
    const { at, bob, ann } = await bobAndAnn()
    await send(bob, 'ann', 'hello')
    const list = await ann.request('GetMessageList-Request')
    let answer: Reply | undefined
    const act = async () => {
      const fetched = await ann.request('GetMessage-Request', { MessageID: messageIdOf(list) })
      answer = await delivered(ann, fetched, '77')
    }
    expect((await over(ann, at, meanwhile(at, 'update', isHot, act)).poll()).name).toBe('nothing')
    expect(answer!.code).toBe(200)
  })

  test('in one session while another has looked into the inbox and not yet sent anything stops that one', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const one = await client(at, 'ann', { client: 'one' })
    const two = await client(at, 'ann', { client: 'two' })
    await send(bob, 'ann', 'hello')
    const shown = await one.poll()
    expect(textOf(shown)).toBe('hello')
    const table = meanwhile(at, 'get', isHolder, () => delivered(one, shown))
    expect((await over(two, at, table).poll()).name).toBe('nothing')
    at.village.clock.advance(60_000)
    expect(await fetchAll(two)).toEqual([])
  })
})

describe('order', () => {
  test('is kept when the content of the first message cannot be read for a moment', async () => {
    const { at, bob, ann } = await bobAndAnn()
    await send(bob, 'ann', 'x'.repeat(600))
    await send(bob, 'ann', 'second')
    const reply = await meeting(ann, at, (call) => (isContent(call) ? 'throttled' : undefined)).poll()
    expect(reply.name).toBe('nothing')
    at.village.clock.advance(10_000)
    expect(await fetchAll(ann)).toEqual(['x'.repeat(600), 'second'])
  })

  test('is kept in an answer with several messages when the first is on its way to another session', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const one = await client(at, 'ann', { client: 'one', capabilities: { ServerPollMin: 10 } })
    const capabilities = { ServerPollMin: 10, MultiTransPerMessage: 5 }
    const two = await client(at, 'ann', { client: 'two', version: '1.3', capabilities })
    await send(bob, 'ann', 'first')
    // And is heard of no more.
    expect(textOf(await one.poll())).toBe('first')
    await send(bob, 'ann', 'second')
    expect((await two.poll()).name).toBe('nothing')
    at.village.clock.advance(11_000)
    const texts = (reply: Reply) => reply.message?.transactions.map(({ primitive }) => primitive.textOf('ContentData'))
    expect(texts(await two.poll())).toEqual(['first', 'second'])
  })
})

test('a message whose content cannot be read for a moment comes with the next poll', async () => {
  const { at, bob, ann } = await bobAndAnn()
  await send(bob, 'ann', 'x'.repeat(600))
  const reply = await meeting(ann, at, (call) => (isContent(call) ? 'throttled' : undefined)).poll()
  expect(reply.name).toBe('nothing')
  at.village.clock.advance(10_000)
  expect(textOf(await ann.poll())).toBe('x'.repeat(600))
})

describe('a report', () => {
  test('is not contradicted by the sweeper when the call that made it has died', async () => {
    const { at, bob, ann } = await bobAndAnn()
    await send(bob, 'ann', 'hello', { report: true, info: { Validity: 600 } })
    const message = await ann.poll()
    let isReported = false
    at.table.observe((operation) => {
      if (operation.call === 'put' && isEntry(operation.key.sk)) isReported = true
    })
    const isMark = ({ call, of }: Call) => isReported && call === 'update' && of.startsWith('user#')
    expect(
      (
        await delivered(
          meeting(ann, at, (call) => (isMark(call) ? 'crashBefore' : undefined)),
          message,
        )
      ).code,
    ).toBe(500)
    await ann.request('Logout-Request')
    const codes = await reportsTo(bob)
    at.village.clock.advance(700_000)
    await sweepLater(at)
    codes.push(...(await reportsTo(bob)))
    // Twice the same would be no harm.
    expect(new Set(codes)).toEqual(new Set([200]))
  })

  test('says that a message has expired that was in the inbox of an account when that was removed', async () => {
    const { at, bob } = await bobAndAnn()
    await send(bob, 'ann', 'hello', { report: true, info: { Validity: 60 } })
    // No sweeper has come by yet.
    at.village.clock.advance(60_500)
    await removeAccount(at.village, (await at.village.store.accounts.read('ann'))!)
    for (let time = 0; time < 2; time++) {
      await sweepLater(at)
      at.village.clock.advance(60_500)
    }
    expect(await reportsTo(bob)).toEqual([542])
  })

  test('tells of a message that has come into an inbox while its account was being removed', async () => {
    const { at, bob } = await bobAndAnn()
    const account = (await at.village.store.accounts.read('ann'))!
    const putting = Promise.withResolvers<void>()
    const mayPut = Promise.withResolvers<void>()
    const waits = meanwhile(at, 'put', isEntry, () => {
      putting.resolve()
      return mayPut.promise
    })
    const sending = send(over(bob, at, waits), 'ann', 'hello', { report: true })
    await putting.promise
    // When the inbox was emptied, and the rest of what the account owns is about to go.
    const isOfBelongings: Parameters<typeof justBefore>[1] = (call, key) =>
      call === 'query' && key.pk === `user#${account.accountId}` && !('from' in key && key.from)
    const puts = justBefore(at.table, isOfBelongings, () => {
      mayPut.resolve()
      return sending
    })
    await removeAccount(at.village.with({ table: puts }), account)
    expect((await sending).code).toBe(200)
    for (let time = 0; time < 3; time++) {
      at.village.clock.advance(60_000)
      await sweepLater(at)
    }
    expect(await reportsTo(bob)).toEqual([410])
  })
})

describe('a stale read', () => {
  /** What happens in `act` is not seen yet when the client asks for something of that partition without insisting. */
  async function unseen(at: Stage, phone: Phone, partition: string, act: () => Promise<unknown>): Promise<Phone> {
    at.village.clock.advance(5000)
    const isOfThat = ({ call, of }: Call) => call === 'get' && of === partition
    const blind = meeting(phone, at, (call) => (isOfThat(call) ? 'stale' : undefined))
    await act()
    return blind
  }

  test('of what a client takes refuses no content that it has said a moment ago that it takes', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const takes = (...types: string[]) => ({ ServerPollMin: 30, AcceptedContentType: types })
    const ann = await client(at, 'ann', { capabilities: takes('text/plain') })
    const image = { info: { ContentType: 'image/png' } }
    expect((await send(bob, 'ann', 'AAAA', image)).code).toBe(415)
    const blind = await unseen(at, bob, `session#${ann.sessionId}`, () =>
      ann.request('ClientCapability-Request', { CapabilityList: takes('text/plain', 'image/png') }),
    )
    expect((await send(blind, 'ann', 'AAAA', image)).code).toBe(200)
  })

  test('of the clients of a user brings a message for one that has just logged in to no other', async () => {
    const at = await stage(['ann', 'bob'])
    const bob = await client(at, 'bob')
    const pc = await client(at, 'ann', { client: 'pc' })
    let phone: Phone | undefined
    const blind = await unseen(at, bob, 'account#ann', async () => {
      phone = await client(at, 'ann', { client: 'phone' })
    })
    const User = { UserID: 'wv:ann', ClientID: { URL: 'phone' } }
    const content = { DeliveryReport: false, MessageInfo: { Recipient: { User } }, ContentData: 'for the phone' }
    expect((await blind.request('SendMessage-Request', content)).code).toBe(200)
    expect((await pc.poll()).name).toBe('nothing')
    expect(textOf(await phone!.poll())).toBe('for the phone')
  })
})
