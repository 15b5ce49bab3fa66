import { beforeEach, describe, expect, test } from 'vitest'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { triesMax } from '../../src/delivery/resending.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

let table: MemoryTable
let village: TestVillage
let phone: Phone
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  phone = new Phone(village)
  await phone.login({ timeToLive: 7200 })
})

const tell = async (text: string) => {
  const { session } = (await village.store.sessions.read(phone.sessionId!))!
  return openServerTransaction(village, session, 'SystemMessage', { id: text, text, at: village.now() })
}
const queued = () => table.items().filter(({ sk }) => sk.startsWith('queue#')).length
const contentOf = (text: string) => /<ContentData>(.*?)<\/ContentData>/.exec(text)?.[1]

/** Polls every five minutes until nothing has come for an hour. */
async function pollOn(): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = []
  for (let idle = 0; idle < 12; idle++) {
    const { name, text } = await phone.poll()
    if (name !== 'nothing') {
      seen.push(contentOf(text))
      idle = 0
    }
    village.clock.advance(300_000)
  }
  return seen
}

describe('server transactions', () => {
  test('come one a poll, in order, with Poll T while more is waiting', async () => {
    for (const text of ['one', 'two', 'three']) await tell(text)
    const replies = [await phone.poll(), await phone.poll(), await phone.poll(), await phone.poll()]
    expect(replies.map(({ text }) => contentOf(text))).toEqual(['one', 'two', 'three', undefined])
    expect(replies.map(({ message }) => message?.poll)).toEqual([true, true, false, undefined])
  })

  test('ride on the answer to an acknowledgement', async () => {
    for (const text of ['one', 'two']) await tell(text)
    const one = await phone.poll()
    const two = await phone.acknowledge(one.transactionId!)
    expect(contentOf(two.text)).toBe('two')
    expect((await phone.acknowledge(two.transactionId!)).name).toBe('nothing')
    expect(queued()).toBe(0)
  })

  test('that do not survive the end of their session are dropped by a restore, sent before or not; the others come (R13)', async () => {
    await phone.request('ClientCapability-Request', { CapabilityList: { ServerPollMin: 30 } })
    const { session } = (await village.store.sessions.read(phone.sessionId!))!
    for (const [text, survivesRestore] of Object.entries({ sent: false, stays: true, unsent: false })) {
      const data = { id: text, text, at: village.now() }
      await village.store.queue.add(session, { kind: 'SystemMessage', data, survivesRestore })
    }
    expect(contentOf((await phone.poll()).text)).toBe('sent')
    await phone.request('Logout-Request')
    expect((await phone.login({ sessionId: phone.sessionId! })).code).toBe(200)
    village.clock.advance(300_000)
    const { text, transactionId } = await phone.poll()
    expect(contentOf(text)).toBe('stays')
    await phone.acknowledge(transactionId!)
    expect([await pollOn(), queued()]).toEqual([[], 0])
  })

  test('are not sent again to a client that polls before it acknowledges, and are when it had its time', async () => {
    await tell('one')
    const first = await phone.poll()
    expect((await phone.poll()).name).toBe('nothing')
    expect((await phone.request('GetSPInfo-Request')).message!.poll).toBe(false)
    village.clock.advance(9_999)
    expect((await phone.poll()).name).toBe('nothing')
    village.clock.advance(1)
    expect((await phone.request('GetSPInfo-Request')).message!.poll).toBe(true)
    const again = await phone.poll()
    expect([again.transactionId, again.text]).toEqual([first.transactionId, first.text])
  })

  test('that are never acknowledged are bounded and block nothing', async () => {
    for (const text of ['one', 'two', 'three']) await tell(text)
    const seen = await pollOn()
    for (const text of ['one', 'two', 'three']) expect(seen.filter((one) => one === text)).toHaveLength(triesMax)
    // What was tried twice goes behind what was tried less.
    expect(new Set(seen.slice(0, 6))).toEqual(new Set(['one', 'two', 'three']))
    expect(queued()).toBe(0)
    await tell('four')
    expect(contentOf((await phone.poll()).text)).toBe('four')
  })

  test('are acknowledged by MessageDelivered, in either mode, and by a repeated Status without harm', async () => {
    for (const text of ['one', 'two']) await tell(text)
    const one = await phone.poll()
    const two = await phone.request(
      'MessageDelivered',
      { MessageID: 'one' },
      { id: one.transactionId!, mode: 'Response' },
    )
    expect(contentOf(two.text)).toBe('two')
    expect((await phone.request('MessageDelivered', { MessageID: 'two' })).code).toBe(200)
    expect((await phone.acknowledge(one.transactionId!)).name).toBe('nothing')
    expect(queued()).toBe(0)
  })

  test('that were never sent cannot be acknowledged away', async () => {
    const id = await tell('one')
    expect(contentOf((await phone.acknowledge(String(id))).text)).toBe('one')
    expect(queued()).toBe(1)
  })

  test('skip outstanding TransactionIDs when the numbers start again, and are never lost between them', async () => {
    await tell('outstanding')
    const hot = { pk: `session#${phone.sessionId}`, sk: 'hot' }
    await table.update(hot, { set: { serverTransactions: 999 } })
    expect(await tell('next')).toBe(2)
    expect([contentOf((await phone.poll()).text), contentOf((await phone.poll()).text)]).toEqual([
      'outstanding',
      'next',
    ])
  })

  test('of several parallel polls only one gets it', async () => {
    await tell('one')
    const replies = await Promise.all([phone.poll(), phone.poll(), phone.poll()])
    expect(replies.filter(({ name }) => name === 'NewMessage')).toHaveLength(1)
  })

  test('go several in one message where 1.3 agreed on it', async () => {
    phone.version = '1.3'
    await phone.request('ClientCapability-Request', { CapabilityList: { MultiTransPerMessage: 2 } })
    for (const text of ['one', 'two', 'three']) await tell(text)
    expect((await phone.poll()).message!.transactions).toHaveLength(2)
    expect((await phone.poll()).message!.transactions).toHaveLength(1)
  })
})

test('an answer larger than ParserSize is 432', async () => {
  await phone.request('ClientCapability-Request', { CapabilityList: { ParserSize: 1100 } })
  phone.village = village.with({ environment: { IMPS_SERVICE_PROVIDER_DESCRIPTION: 'x'.repeat(2000) } })
  expect((await phone.request('GetSPInfo-Request')).code).toBe(432)
})

test('a change that was made is no error: it is told without the contacts to a client that could not parse them', async () => {
  for (let number = 0; number < 30; number++) await addCheapAccount(village, `friend${number}`, 'pw')
  const everybody = Array.from({ length: 29 }, (_, number) => ({ Name: 'x'.repeat(30), UserID: `wv:friend${number}` }))
  const list = { ContactList: 'wv:ann/friends' }
  await phone.request('CreateList-Request', { ...list, NickList: { NickName: everybody } })
  await phone.request('ClientCapability-Request', { CapabilityList: { ParserSize: 2000 } })
  const added = await phone.request('ListManage-Request', {
    ...list,
    AddNickList: { NickName: { Name: 'last', UserID: 'wv:friend29' } },
    ReceiveList: true,
  })
  expect([added.name, added.code]).toEqual(['ListManage-Response', 200])
  expect(added.primitive!.child('NickList')).toBeUndefined()
  expect((await phone.request('ListManage-Request', { ...list, ReceiveList: true })).code).toBe(432)
})

test('any request keeps a session alive, and is stored only when the last stored one is old enough (S1)', async () => {
  const before = table.item({ pk: `session#${phone.sessionId}`, sk: 'hot' })
  village.clock.advance(300_000)
  await phone.poll()
  expect(table.item({ pk: `session#${phone.sessionId}`, sk: 'hot' })).toEqual(before)
  village.clock.advance(1)
  await phone.poll()
  expect(table.item({ pk: `session#${phone.sessionId}`, sk: 'hot' })).toMatchObject({ lastSeen: village.now() })
  for (let hours = 0; hours < 72; hours++) {
    village.clock.advance(3_600_000)
    expect((await phone.poll()).name).toBe('nothing')
  }
  // The session's other items have to outlive it.
  const hot = table.item({ pk: `session#${phone.sessionId}`, sk: 'hot' })!
  for (const item of table.items()) {
    if (item.sessionId === phone.sessionId || item.sk === `session#${phone.sessionId}`)
      expect(item.expiresAt).toBeGreaterThan(hot.expiresAt as number)
  }
})

test('a request that is refused keeps a session alive as well, and a session that is over is told so first', async () => {
  for (let hours = 0; hours < 5; hours++) {
    village.clock.advance(7_000_000)
    expect((await phone.request('Dance-Request')).code).toBe(501)
  }
  await phone.request('Logout-Request')
  expect((await phone.request('Dance-Request')).code).toBe(604)
})

test('what waits lives as long as the session that it waits in', async () => {
  await phone.request('ClientCapability-Request', { CapabilityList: { ServerPollMin: 30 } })
  await tell('one')
  for (let days = 0; days < 4; days++) {
    // Just inside the window of a Keep-Alive-Time of two hours; TTL takes what has expired.
    village.clock.advance(43_000_000)
    for (const item of table.items()) if ((item.expiresAt as number) * 1000 <= village.now()) await table.delete(item)
    expect((await phone.login({ sessionId: phone.sessionId })).code).toBe(200)
  }
  expect(contentOf((await phone.poll()).text)).toBe('one')
})
