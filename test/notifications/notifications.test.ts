import { beforeEach, describe, expect, test } from 'vitest'
import { type Notice, notification } from '../../src/notifications/notice.ts'
import { notify } from '../../src/notifications/notify.ts'
import { notificationsOf } from '../../src/notifications/types.ts'
import { endSession } from '../../src/session/ending.ts'
import { createFaults, type FaultKind } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

let table: MemoryTable
let village: TestVillage
/** The one that is told, and the one that changes things. */
let phone: Phone
let tablet: Phone
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  phone = new Phone(village, { user: 'ann', client: 'phone', version: '1.3' })
  tablet = new Phone(village, { user: 'ann', client: 'tablet', version: '1.3' })
  for (const one of [phone, tablet]) await one.login()
})

const request = (kind: 'Subscribe' | 'Unsubscribe', ...NotificationType: string[]) =>
  phone.request(`${kind}Notification-Request`, { NotificationTypeList: { NotificationType } })
const subscribe = (...types: string[]) => request('Subscribe', ...types)
const create = (name: string) => tablet.request('CreateList-Request', { ContactList: `wv:ann/${name}` })
const sessionOf = async (one: Phone) => (await village.store.sessions.read(one.sessionId!))!.session
const subscribed = async () => notificationsOf((await sessionOf(phone)).notifications)

/** What a client hears when it polls and acknowledges until there is nothing more, as names and texts. */
async function hears(one: Phone): Promise<string[]> {
  const heard: string[] = []
  let reply = await one.poll()
  while (reply.transactionId !== undefined) {
    const { primitive, transactionId } = reply
    heard.push(primitive!.children.map((child) => child.text ?? child.children.map(({ text }) => text)).join(' '))
    reply = await one.acknowledge(transactionId)
  }
  return heard
}

describe('other parts of the service tell by one call (notify)', () => {
  const events: [Notice, string][] = [
    [{ type: 'GC', groupId: 'wv:ann/chess' }, 'GC wv:ann/chess'],
    [{ type: 'GMG', groupId: 'wv:bob/chess' }, 'GMG wv:bob/chess'],
    [{ type: 'GMU', groupId: 'wv:bob/chess', users: ['wv:bob'] }, 'GMU wv:bob/chess wv:bob'],
    [{ type: 'IA', inviteId: 'invitation-1' }, 'IA invitation-1'],
    [{ type: 'PPU' }, 'PPU wv:ann'],
  ]
  test.each(events)('%j', async (notice, told) => {
    await subscribe(notice.type)
    await notify(village, await sessionOf(tablet), notice, tablet.sessionId)
    expect(await hears(phone)).toEqual([told])
    expect(await hears(tablet)).toEqual([])
  })

  test('without the session that did it, all that have subscribed are told', async () => {
    await subscribe('GR')
    await notify(village, await sessionOf(tablet), { type: 'GR', groupId: 'wv:ann/chess' })
    expect(await hears(phone)).toEqual(['GR wv:ann/chess'])
  })

  test('an event in a group and another in another are two', async () => {
    await subscribe('GMU')
    for (const groupId of ['wv:ann/one', 'wv:ann/two', 'wv:ann/one'])
      await notify(village, await sessionOf(tablet), { type: 'GMU', groupId }, tablet.sessionId)
    expect(await hears(phone)).toEqual(['GMU wv:ann/one', 'GMU wv:ann/two'])
  })

  test('an account that has subscribed to nothing is looked at once, eventually, and that is all', async () => {
    const calls: string[] = []
    table.observe((one) => calls.push(`${one.call} ${'key' in one ? one.key.sk : ''}`))
    await notify(village, await sessionOf(tablet), { type: 'GC', groupId: 'wv:ann/chess' })
    expect(calls.filter((one) => one !== 'get hot')).toEqual(['get presence#access'])
  })
})

test('of more than 32 users a notification names none', async () => {
  await subscribe('AC')
  const users = Array.from({ length: 33 }, (_, number) => `wv:user${number}`)
  await notify(village, await sessionOf(tablet), { type: 'AC', users })
  expect(await hears(phone)).toEqual(['AC'])
})

test('no more than 50 notifications wait in a session', async () => {
  await subscribe('GC')
  for (let number = 0; number < 60; number++)
    await notify(village, await sessionOf(tablet), { type: 'GC', groupId: `wv:ann/group${number}` })
  expect((await village.store.sessions.view(phone.sessionId!, true))!.queue).toHaveLength(50)
})

test('a session that is over is told nothing', async () => {
  await subscribe('CLCR')
  await phone.request('Logout-Request')
  await create('friends')
  expect((await village.store.sessions.view(phone.sessionId!, true))!.queue).toEqual([])
})

test('what has happened has happened, even if nobody can be told', async () => {
  await subscribe('CLCR')
  const plan = ({ of, call }: { of: string; call: string }): FaultKind | undefined =>
    of === `session#${phone.sessionId}` && call === 'query' ? 'throttled' : undefined
  const broken = createFaults({ table, now: village.now, plan }).invocation()
  tablet.village = village.with({ table: broken })
  expect((await create('friends')).code ?? 200).toBe(200)
  expect(village.lines.some(({ event }) => event === 'other sessions were not notified')).toBe(true)
})

describe('a subscription', () => {
  const ends: Record<string, () => Promise<unknown>> = {
    logout: () => phone.request('Logout-Request'),
    disconnect: async () => endSession(village, await sessionOf(phone), 'disconnect'),
    expiry: async () => {
      await tablet.request('KeepAlive-Request', { TimeToLive: 7200 })
      village.clock.advance(800_000)
    },
    'no end at all': async () => undefined,
  }
  for (const [how, end] of Object.entries(ends)) {
    test(`comes back with the session after ${how}, and nothing of before is sent as news (R10, R13)`, async () => {
      await subscribe('CLCR', 'CLD')
      await create('one')
      await end()
      expect((await phone.login({ sessionId: phone.sessionId })).code).toBe(200)
      expect(await subscribed()).toEqual(['CLCR', 'CLD'])
      expect(await hears(phone)).toEqual([])
      await create('two')
      expect(await hears(phone)).toEqual(['CLCR wv:ann/two'])
    })
  }

  test('is not that of a new session', async () => {
    await subscribe('CLCR')
    await phone.login()
    await create('friends')
    expect(await hears(phone)).toEqual([])
  })

  test('of two requests at the same time both are kept', async () => {
    const codes = await Promise.all([subscribe('CLCR'), subscribe('CLD'), subscribe('BLC')])
    expect(codes.map(({ code }) => code)).toEqual([200, 200, 200])
    expect(await subscribed()).toEqual(['CLCR', 'CLD', 'BLC'])
  })

  test('is whole once the client asks again, wherever the call has died', async () => {
    for (let at = 1; at <= 6; at++) {
      for (const fault of ['crashBefore', 'crashAfter', 'lost'] as const) {
        await request('Unsubscribe', 'CLCR')
        const faults = createFaults({
          table,
          now: village.now,
          plan: ({ number }) => (number === at ? fault : undefined),
        })
        phone.village = village.with({ table: faults.invocation() })
        await subscribe('CLCR').catch(() => undefined)
        phone.village = village
        expect((await subscribe('CLCR')).code).toBe(200)
        const name = `list-${at}-${fault}`
        await create(name)
        expect(await hears(phone)).toContain(`CLCR wv:ann/${name}`)
      }
    }
  })

  test('to everything that there is takes little room', async () => {
    await subscribe(...'CLCR CLC CLD AC BLC BLUC GLC GLUC PPU IA IR IC GC GD GR GMU GMAU GMG GMR'.split(' '))
    expect(await subscribed()).toHaveLength(19)
    expect((await sessionOf(phone)).notifications).toBe(2 ** 19 - 1)
  })
})

test('a notification belongs to the session and holds no content', () => {
  expect(notification.survivesRestore).toBe(false)
  expect(notification.pushesContent('1.3')).toBe(false)
})
