import { beforeEach, describe, expect, test } from 'vitest'
import { cirFlag } from '../../src/delivery/cir.ts'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { openSession } from '../../src/session/liveSession.ts'
import { belongsTo } from '../../src/session/reestablishment.ts'
import type { Session } from '../../src/session/session.ts'
import { ConditionFailed, type Table } from '../../src/store/table.ts'
import { type Call, createFaults } from '../support/faultTable.ts'
import { justBefore } from '../support/justBefore.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

let table: MemoryTable
let village: TestVillage
let phone: Phone
let id: string
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  phone = new Phone(village)
  await phone.login()
  await phone.request('ClientCapability-Request', { CapabilityList: { ServerPollMin: 30 } })
  id = phone.sessionId!
})

const sessionOf = async (of = id) => (await village.store.sessions.read(of))!.session
const tell = async (text: string) =>
  openServerTransaction(village, await sessionOf(), 'SystemMessage', { id: text, text, at: village.now() })

/** The table, with something that happens just before its first update of the session. */
const beforeUpdate = (act: () => Promise<unknown>): Table =>
  justBefore(table, (call, key) => call === 'update' && 'sk' in key && key.sk === 'hot', act)

describe('a restore', () => {
  test('takes nothing back of what happened since it looked: counter, Keep-Alive-Time, functions (R10, R8)', async () => {
    const late = beforeUpdate(async () => {
      await tell('one')
      await phone.acknowledge((await phone.poll()).transactionId!)
      await phone.request('KeepAlive-Request', { TimeToLive: 7000 })
      await phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    })
    const reply = await new Phone(village.with({ table: late })).login({ sessionId: id })
    expect([reply.code, reply.primitive!.textOf('KeepAliveTime')]).toEqual([200, '7000'])
    expect((await sessionOf()).functions).toBeDefined()
    expect(await tell('two')).toBe(2)
  })

  test('that was overtaken by a plain login leaves one of the two, and it works', async () => {
    const other = new Phone(village)
    const late = beforeUpdate(() => other.login())
    const reply = await new Phone(village.with({ table: late })).login({ sessionId: id })
    expect(reply.code).toBe(200)
    const states = [(await sessionOf()).state, (await sessionOf(other.sessionId)).state]
    expect(states.sort()).toEqual(['ended', 'live'])
  })

  test('rests on the epoch, the account and the window that were seen', async () => {
    const { sessions } = village.store
    const found = await sessionOf()
    const restore = (seen: Session, now = village.now()) => sessions.restore(seen, {}, undefined, now)
    await expect(restore({ ...found, epoch: found.epoch + 1 })).rejects.toThrow(ConditionFailed)
    await expect(restore({ ...found, accountId: 'another' })).rejects.toThrow(ConditionFailed)
    await expect(restore(found, found.expiresAt * 1000)).rejects.toThrow(ConditionFailed)
    expect((await restore(found, found.expiresAt * 1000 - 1)).epoch).toBe(found.epoch + 1)
  })

  test('is of the very account that the session was made for', async () => {
    const snapshot = (await village.store.sessions.snapshot(id))!
    const account = (await village.store.accounts.read('ann'))!
    expect(belongsTo(snapshot, account)).toBe(true)
    expect(belongsTo(snapshot, { ...account, accountId: 'another' })).toBe(false)
    expect(belongsTo(undefined, account)).toBe(false)
  })
})

describe('a login', () => {
  test.each([
    ['a plain login', false],
    ['a restore', true],
  ])('that died before it could replace, and is overdue itself, is made good by %s (R16)', async (_, restores) => {
    const first = new Phone(village, { client: 'pda' })
    await first.login({ timeToLive: 7200 })
    const plan = ({ call, of }: Call) => (call === 'put' && of.startsWith('session#') ? 'crashAfter' : undefined)
    const dying = createFaults({ table, now: village.now, plan }).invocation()
    const reply = await new Phone(village.with({ table: dying }), { client: 'pda' }).login({ timeToLive: 30 })
    expect(reply.code).toBe(500)
    village.clock.advance(50_000)
    // Nobody has come by to end it: it is the session that its phone still has.
    expect((await first.request('KeepAlive-Request')).name).toBe('KeepAlive-Response')
    const third = new Phone(village, { client: 'pda' })
    expect((await third.login(restores ? { sessionId: id } : {})).code).toBe(200)
    expect((await first.request('KeepAlive-Request')).code).toBe(604)
    expect((await third.request('KeepAlive-Request')).name).toBe('KeepAlive-Response')
  })
})

describe('writes of a session', () => {
  test('are for its own epoch and before its deadline only', async () => {
    const { sessions, queue } = village.store
    const now = village.now()
    const found = await sessionOf()
    const earlier = { ...found, epoch: found.epoch - 1 }
    await expect(sessions.touch(earlier, now)).rejects.toThrow(ConditionFailed)
    await expect(sessions.touch(found, found.liveUntil)).rejects.toThrow(ConditionFailed)
    expect(await sessions.beginEnding(earlier, 'logout', now)).toBeUndefined()
    expect(await sessions.beginEnding(found, 'expired', now)).toBeUndefined()
    expect(await queue.add(earlier, { kind: 'SystemMessage', data: {}, survivesRestore: true })).toBeUndefined()
    await sessions.sweepAtDeadline({ ...found, liveUntil: found.liveUntil + 1000 })
    expect(table.item({ pk: `session#${id}`, sk: 'hot' })!.sweepAt).not.toBe(found.liveUntil + 1000)
    await sessions.writeCold(earlier, { capabilities: { ServerPollMin: ['1'] } })
    expect((await sessions.snapshot(id))!.cold.capabilities!.ServerPollMin).toEqual(['30'])
  })

  test('of a logout end it with the window that was agreed last (R8)', async () => {
    const late = beforeUpdate(() => phone.request('KeepAlive-Request', { TimeToLive: 7200 }))
    phone.village = village
    const other = Object.assign(new Phone(village.with({ table: late })), { sessionId: id })
    expect((await other.request('Logout-Request')).code).toBe(200)
    expect((await sessionOf()).expiresAt).toBe(Math.ceil(village.now() / 1000) + 36000)
  })

  test('of an earlier holder do not answer for the one that restored it (R4)', async () => {
    const late = beforeUpdate(() => new Phone(village, { client: 'other' }).login({ sessionId: id }))
    const first = Object.assign(new Phone(village.with({ table: late })), { sessionId: id })
    expect((await first.request('ClientCapability-Request', { CapabilityList: { ServerPollMin: 60 } })).code).toBe(503)
    expect((await sessionOf()).capabilityPending).toBe(true)
  })
})

describe('an eventual read', () => {
  /** The session's partition as it is now, for eventual reads of later. */
  const frozen = async (): Promise<Table> => {
    const past = await table.query({ pk: `session#${id}`, from: 'hot', consistent: true })
    return { ...table, query: (range) => (range.consistent ? table.query(range) : Promise.resolve(past)) }
  }

  test('never refuses with 506', async () => {
    await phone.request('Service-Request', { Functions: { WVCSPFeat: { IMFeat: '' } } })
    const late = Object.assign(new Phone(village.with({ table: await frozen() })), { sessionId: id })
    expect((await late.request('GetSPInfo-Request')).code).toBe(506)
    await phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    expect((await late.request('GetSPInfo-Request')).name).toBe('GetSPInfo-Response')
  })

  test('never refuses with 403 (S2)', async () => {
    const past = await frozen()
    await new Phone(village, { bearer: 'HTTPS' }).login({ sessionId: id })
    const strict = village.with({ table: past, environment: { IMPS_BEARER_CHANGE: 'off' } })
    const late = (bearer: 'HTTP' | 'HTTPS') => Object.assign(new Phone(strict, { bearer }), { sessionId: id })
    expect((await late('HTTPS').poll()).name).toBe('nothing')
    await expect(
      openSession(
        village.with({ environment: { IMPS_BEARER_CHANGE: 'off' } }),
        id,
        { encoding: 'XML', bearer: 'HTTP' },
        '1.2',
      ),
    ).rejects.toMatchObject({ code: 403 })
    await expect(
      openSession(
        village.with({ environment: { IMPS_BEARER_CHANGE: 'off' } }),
        id,
        { encoding: 'WBXML', bearer: 'HTTPS' },
        '1.2',
      ),
    ).rejects.toMatchObject({ code: 403 })
    await expect(openSession(village, id, { encoding: 'WBXML', bearer: 'HTTP' }, '1.2')).resolves.toBeDefined()
  })
})

test('of a burst of guesses the right one does not get through once the others have locked the account', async () => {
  const guesses = Array.from({ length: 60 }, (_, number) =>
    new Phone(village, { client: 'guess' }).login({ password: number === 59 ? 'pw' : 'wrong' }),
  )
  const codes = (await Promise.all(guesses)).map(({ code }) => code)
  expect(codes.filter((code) => code === 409).length).toBeLessThanOrEqual(10)
  expect(codes.at(-1)).toBe(503)
})

describe('the CIR flag (S4)', () => {
  const stcp = (connected: boolean) => [
    { name: 'STCP', addresses: () => ({}), send: async () => {}, connected: () => connected },
  ]
  const agreed = async (cirMethods: string[] | undefined, more: Partial<Session> = {}) => ({
    ...(await sessionOf()),
    capabilities: { cirMethods },
    ...more,
  })

  test('is F while an agreed standalone TCP channel is down, and never anything else', async () => {
    expect(cirFlag(await agreed(['STCP']), stcp(false))).toBe('F')
    expect(cirFlag(await agreed(['STCP']), stcp(true))).toBeUndefined()
    expect(cirFlag(await agreed(['SUDP']), stcp(false))).toBeUndefined()
    expect(cirFlag(await agreed(undefined), stcp(false))).toBeUndefined()
    expect(cirFlag(await agreed(['STCP'], { version: '1.1' }), stcp(false))).toBeUndefined()
    expect(cirFlag(await agreed(['STCP'], { capabilityPending: true }), stcp(false))).toBeUndefined()
  })
})
