import { beforeEach, describe, expect, test } from 'vitest'
import { disableAccount, enableAccount, removeAccount } from '../../src/accounts/lifecycle.ts'
import { element } from '../../src/csp/element.ts'
import type { Version } from '../../src/csp/versions.ts'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { endSession } from '../../src/session/ending.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone, type PhoneOptions, type Reply } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

let table: MemoryTable
let village: TestVillage
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  await addCheapAccount(village, 'bob', 'pw')
})

const everything = element('Service-Request', { Functions: { WVCSPFeat: '' }, AllFunctionsRequest: false })
const capabilities = { CapabilityList: { ClientType: 'MOBILE_PHONE', ServerPollMin: 1, MultiTrans: 1 } }

/**
 * Functions that are on offer in every version. Not everything is: 1.3 has no REACT and no attribute lists, so that a
 * session of 1.1 or 1.2 which agreed on them cannot be restored in 1.3 (R6).
 */
const ofAllVersions = element('Service-Request', {
  Functions: {
    WVCSPFeat: {
      FundamentalFeat: { ServiceFunc: { GETSPI: '' } },
      PresenceFeat: { ContListFunc: '', PresenceAuthFunc: { GETWL: '' }, PresenceDeliverFunc: '' },
      IMFeat: { IMAuthFunc: '' },
    },
  },
  AllFunctionsRequest: false,
})

/** A phone that has logged in and negotiated: everything, unless other functions are named. */
async function negotiated(
  options: PhoneOptions = {},
  timeToLive?: number,
  functions = everything,
): Promise<{ phone: Phone; id: string }> {
  const phone = new Phone(village, options)
  expect((await phone.login({ timeToLive })).code).toBe(200)
  expect((await phone.request('ClientCapability-Request', capabilities)).name).toBe('ClientCapability-Response')
  expect((await phone.requests(functions)).name).toBe('Service-Response')
  return { phone, id: phone.sessionId! }
}

const capabilityRequest = (reply: Reply) => reply.primitive?.textOf('CapabilityRequest')
const sessionOf = async (id: string) => (await village.store.sessions.read(id))!.session
const tell = async (id: string, text: string) =>
  openServerTransaction(village, await sessionOf(id), 'SystemMessage', { id: text, text, at: village.now() })

/** How a session can end (R2). */
const ends: Record<string, (phone: Phone, id: string) => Promise<unknown>> = {
  logout: (phone) => phone.request('Logout-Request'),
  'server disconnect': async (_, id) => endSession(village, await sessionOf(id), 'disconnect'),
  'keep-alive expiry, before the sweeper': async () => village.clock.advance(720_000),
  'keep-alive expiry, after the sweeper': async () => {
    village.clock.advance(720_000)
    await sweep(village, village.now() + 1000)
  },
  replacement: async (phone) => new Phone(village, phone.options).login(),
  nothing: async () => undefined,
}

describe.each(['1.1', '1.2', '1.3'] as Version[])('in CSP %s', (version) => {
  describe.each(Object.entries(ends))('after %s', (_, end) => {
    test.each(['A', 'B'] as const)(
      'a session comes back in form %s under its own id, without negotiation (R1, R2, R10, R15, R16)',
      async (form) => {
        const { phone, id } = await negotiated({ version })
        await end(phone, id)
        const reply = await phone.login({ sessionId: id, form })
        expect(reply.code).toBe(200)
        expect(reply.primitive!.textOf('SessionID')).toBe(id)
        expect(reply.primitive!.textOf('KeepAliveTime')).toBe('600')
        expect(capabilityRequest(reply)).toBe('F')
        expect(reply.message!.session).toEqual(form === 'A' ? { type: 'Inband', id } : { type: 'Outband' })
        expect((await phone.poll()).name).toBe('nothing')
      },
    )

    test('a 4-way re-establishment does as well, and may be repeated after a lost answer (R16, R5b)', async () => {
      const { phone, id } = await negotiated({ version })
      await end(phone, id)
      expect((await phone.loginByDigest({ sessionId: id })).code).toBe(200)
      const again = await phone.loginByDigest({ sessionId: id, schema: 'SHA' })
      expect([again.code, again.primitive!.textOf('SessionID'), capabilityRequest(again)]).toEqual([200, id, 'F'])
    })
  })
})

describe('the window (R8, R9)', () => {
  const window = 3000

  test.each([
    [-1, 200],
    [0, 604],
    [1, 604],
  ])('%i s from its end after a logout: %i', async (seconds, code) => {
    const { phone, id } = await negotiated()
    await phone.request('Logout-Request')
    const end = Math.ceil(village.now() / 1000) * 1000
    village.clock.set(end + (window + seconds) * 1000)
    expect((await phone.login({ sessionId: id })).code).toBe(code)
  })

  test.each([
    [-1, 200],
    [0, 604],
    [1, 604],
  ])('%i s from its end after a keep-alive expiry: %i, whenever the sweeper ran', async (seconds, code) => {
    for (const sweptAfter of [undefined, 1000, 2_000_000]) {
      const { phone, id } = await negotiated()
      const deadline = Math.ceil(village.now() / 1000) * 1000 + 720_000
      if (sweptAfter !== undefined) {
        village.clock.set(deadline + sweptAfter)
        await sweep(village, village.now() + 1000)
      }
      village.clock.set(deadline + (window + seconds) * 1000)
      expect((await phone.login({ sessionId: id })).code).toBe(code)
    }
  })

  test.each([
    ['a KeepAlive', 60, 300],
    ['a KeepAlive over the cap', 7200, 36000],
  ])('follows the last agreed Keep-Alive-Time, that of %s', async (_, timeToLive, seconds) => {
    const { phone, id } = await negotiated()
    await phone.request('KeepAlive-Request', { TimeToLive: timeToLive })
    await phone.request('Logout-Request')
    expect((await sessionOf(id)).expiresAt).toBe(Math.ceil(village.now() / 1000) + seconds)
    expect(table.item({ pk: `session#${id}`, sk: 'hot' })!.expiresAt).toBe(Math.ceil(village.now() / 1000) + seconds)
  })

  test('follows the Keep-Alive-Time that a re-establishment agreed', async () => {
    const { phone, id } = await negotiated()
    await phone.login({ sessionId: id, timeToLive: 40 })
    await phone.request('Logout-Request')
    expect((await sessionOf(id)).expiresAt).toBe(Math.ceil(village.now() / 1000) + 200)
  })

  test('is kept for a session that never negotiated', async () => {
    const phone = new Phone(village)
    await phone.login()
    await phone.request('Logout-Request')
    const reply = await phone.login({ sessionId: phone.sessionId })
    expect([reply.code, capabilityRequest(reply)]).toEqual([200, 'T'])
  })

  test('is not prolonged by a refused attempt (R14)', async () => {
    const { phone, id } = await negotiated()
    await phone.request('Logout-Request')
    const before = table.items().filter((item) => item.pk === `session#${id}`)
    village.clock.advance(1000)
    expect((await phone.login({ sessionId: id, password: 'wrong' })).code).toBe(604)
    expect((await new Phone(village, { user: 'bob' }).login({ sessionId: id })).code).toBe(604)
    const off = new Phone(village.with({ environment: { IMPS_SESSION_REESTABLISHMENT: 'off' } }))
    expect((await off.login({ sessionId: id })).code).toBe(501)
    const fewer = new Phone(village.with({ environment: { IMPS_SERVICES_DISABLED: 'GETSPI' } }))
    expect((await fewer.login({ sessionId: id })).code).toBe(605)
    expect(table.items().filter((item) => item.pk === `session#${id}`)).toEqual(before)
  })
})

describe('credentials (R5)', () => {
  test('that do not all match are 604, and the answers do not differ', async () => {
    const { phone, id } = await negotiated()
    await phone.request('Logout-Request')
    const other = await negotiated({ user: 'bob', client: 'other' })
    const answers = [
      await new Phone(village).login({ sessionId: id, password: 'wrong' }),
      await new Phone(village, { user: 'nobody' }).login({ sessionId: id }),
      await new Phone(village, { user: 'nobody@elsewhere.example' }).login({ sessionId: id }),
      await new Phone(village).login({ sessionId: other.id }),
      await new Phone(village).login({ sessionId: 'A'.repeat(24) }),
      await new Phone(village).login({ sessionId: 'x' }),
      await new Phone(village).loginByDigest({ sessionId: id, password: 'wrong' }),
      await new Phone(village, { user: 'nobody' }).loginByDigest({ sessionId: id }),
    ]
    const shape = (reply: Reply) =>
      reply.text.replace(/<SessionID>.*?<\/SessionID>|<TransactionID>.*?<\/TransactionID>/g, '')
    for (const reply of answers) {
      expect(reply.code).toBe(604)
      expect(reply.name).toBe('Login-Response')
      expect(shape(reply)).toBe(shape(answers[0]!))
      expect(reply.primitive!.children.map((child) => child.name)).toEqual(['ClientID', 'Result'])
    }
    expect((await phone.login({ sessionId: id })).code).toBe(200)
  })

  test('of a disabled user are 604 until he is enabled again, and the snapshot keeps its window', async () => {
    const { phone, id } = await negotiated()
    const account = (await village.store.accounts.read('ann'))!
    await disableAccount(village, account)
    const told = await phone.poll()
    expect([told.name, told.code, told.message!.transactions[0]!.mode]).toEqual(['Disconnect', 601, 'Request'])
    expect((await phone.poll()).code).toBe(604)
    expect((await phone.login({ sessionId: id })).code).toBe(604)
    expect((await phone.login()).code).toBe(403)
    await enableAccount(village, account)
    expect((await phone.login({ sessionId: id })).code).toBe(200)
  })

  test('of a removed account are 604, also when the name is given away again', async () => {
    const { phone, id } = await negotiated()
    await removeAccount(village, (await village.store.accounts.read('ann'))!)
    expect((await phone.poll()).code).toBe(604)
    expect((await phone.login({ sessionId: id })).code).toBe(604)
    await addCheapAccount(village, 'ann', 'pw')
    expect((await phone.login({ sessionId: id })).code).toBe(604)
    expect(table.items().filter((item) => item.pk === `session#${id}`)).toEqual([])
  })

  test('two different SessionIDs are 604 (R1)', async () => {
    const { phone, id } = await negotiated()
    expect((await phone.login({ sessionId: id, form: 'A', more: { SessionID: 'A'.repeat(24) } })).code).toBe(604)
    expect((await phone.login({ sessionId: id, form: 'A', more: { SessionID: id } })).code).toBe(200)
  })

  test('a digest for a nonce that is spent or expired gets a new challenge and is no wrong password (R5b)', async () => {
    const { phone, id } = await negotiated()
    for (let round = 0; round < 20; round++) {
      const reply = await phone.answerChallenge('never given', { sessionId: id })
      expect([reply.code, reply.primitive!.textOf('DigestSchema')]).toEqual([401, 'MD5'])
    }
    const first = await phone.request(
      'Login-Request',
      { UserID: 'wv:ann', ClientID: { URL: 'phone' }, SessionCookie: 'cookie', DigestSchema: 'MD5' },
      { session: id },
    )
    village.clock.advance(120_000)
    expect((await phone.answerChallenge(first.primitive!.textOf('Nonce')!, { sessionId: id })).code).toBe(401)
    expect((await phone.loginByDigest({ sessionId: id })).code).toBe(200)
  })

  test('a phone that missed an answer may answer either challenge, and no stranger can take its own away', async () => {
    const { phone, id } = await negotiated()
    const ask = { UserID: 'wv:ann', ClientID: { URL: 'phone' }, SessionCookie: 'cookie', DigestSchema: 'MD5' }
    const round = async () => (await phone.request('Login-Request', ask, { session: id })).primitive!.textOf('Nonce')!
    const own = await round()
    for (let others = 0; others < 7; others++) await round()
    expect((await phone.answerChallenge(own, { sessionId: id })).code).toBe(200)
    // With more at a time than are kept nothing is compared: a new challenge, and no wrong password.
    const lost = await round()
    for (let others = 0; others < 8; others++) await round()
    expect((await phone.answerChallenge(lost, { sessionId: id })).code).toBe(401)
    expect((await phone.loginByDigest({ sessionId: id })).code).toBe(200)
  })

  test('a nonce answers once, right or wrong', async () => {
    const { phone } = await negotiated()
    const ask = { UserID: 'wv:ann', ClientID: { URL: 'phone' }, SessionCookie: 'cookie', DigestSchema: 'MD5' }
    const nonce = (await phone.request('Login-Request', ask, { session: null })).primitive!.textOf('Nonce')!
    expect((await phone.answerChallenge(nonce, { password: 'wrong' })).code).toBe(409)
    expect((await phone.answerChallenge(nonce)).code).toBe(401)
  })
})

describe('the lock', () => {
  const guess = (source: string, password = 'wrong') =>
    new Phone(village, { source, client: 'guess' }).login({ password })

  test('ten wrong passwords from one address in fifteen minutes lock for fifteen: 503, never 604 (R5b)', async () => {
    const { phone, id } = await negotiated({ source: '192.0.2.9' })
    for (let count = 0; count < 10; count++) expect((await guess('192.0.2.1')).code).toBe(409)
    expect((await guess('192.0.2.1', 'pw')).code).toBe(503)
    expect((await phone.login({ sessionId: id })).code).toBe(503)
    expect((await phone.poll()).name).toBe('nothing')
    village.clock.advance(15 * 60_000 - 1)
    expect((await guess('192.0.2.2', 'pw')).code).toBe(503)
    village.clock.advance(1)
    expect((await guess('192.0.2.2', 'pw')).code).toBe(200)
  })

  test('nine are not enough, and old ones do not count', async () => {
    for (let count = 0; count < 9; count++) await guess('192.0.2.1')
    village.clock.advance(15 * 60_000)
    for (let count = 0; count < 9; count++) expect((await guess('192.0.2.1')).code).toBe(409)
    expect((await guess('192.0.2.1', 'pw')).code).toBe(200)
  })

  test('a hundred from many addresses lock as well', async () => {
    for (let count = 0; count < 100; count++) expect((await guess(`198.51.100.${count}`)).code).toBe(409)
    expect((await guess('192.0.2.1', 'pw')).code).toBe(503)
  })

  test('wrong passwords at the same time are all counted', async () => {
    const codes = await Promise.all(Array.from({ length: 10 }, () => guess('192.0.2.1')))
    expect(codes.every(({ code }) => code === 409 || code === 503)).toBe(true)
    while ((await guess('192.0.2.1')).code === 409);
    expect((await guess('192.0.2.1', 'pw')).code).toBe(503)
  })
})

describe('another client (R3, R4)', () => {
  test.each([
    ['the same ClientID and version', {}, 'F'],
    ['white space around the ClientID', { client: ' phone ' }, 'F'],
    ['another ClientID', { client: 'other' }, 'T'],
    ['no ClientID', { client: undefined }, 'T'],
    ['another version', { version: '1.3' as const }, 'T'],
  ])('with %s is asked for its capabilities: %s', async (_, options, expected) => {
    const { id } = await negotiated({}, undefined, ofAllVersions)
    const reply = await new Phone(village, options).login({ sessionId: id })
    expect([reply.code, capabilityRequest(reply)]).toEqual([200, expected])
  })

  test('gets no content pushed until it has negotiated, and everything else goes on', async () => {
    const { id } = await negotiated()
    const other = new Phone(village, { client: 'other' })
    await other.login({ sessionId: id })
    await tell(id, 'hello')
    expect((await other.poll()).name).toBe('nothing')
    expect((await other.request('GetSPInfo-Request')).name).toBe('GetSPInfo-Response')
    // Coming back once more does not make the old capabilities the new client's.
    expect(capabilityRequest(await other.login({ sessionId: id }))).toBe('T')
    await other.request('ClientCapability-Request', capabilities)
    expect((await other.poll()).name).toBe('NewMessage')
    expect(capabilityRequest(await other.login({ sessionId: id }))).toBe('F')
  })

  test('may state them in a 1.3 login at once', async () => {
    const { id } = await negotiated({}, undefined, ofAllVersions)
    const other = new Phone(village, { client: 'other', version: '1.3' })
    const reply = await other.login({
      sessionId: id,
      form: 'B',
      more: { ...capabilities, Functions: { WVCSPFeat: { FundamentalFeat: '' } } },
    })
    expect(capabilityRequest(reply)).toBe('F')
    expect(reply.primitive!.find('AgreedCapabilityList', 'ServerPollMin')!.text).toBe('30')
    expect(reply.primitive!.find('Functions', 'WVCSPFeat', 'FundamentalFeat', 'ServiceFunc', 'GETMAP')).toBeDefined()
  })
})

describe('services (R6)', () => {
  test('that are no longer all provided refuse with 605 until they are; the snapshot stays', async () => {
    const { phone, id } = await negotiated()
    const all = village
    phone.village = village.with({ environment: { IMPS_SERVICES_DISABLED: 'GETSPI' } })
    expect((await phone.login({ sessionId: id })).code).toBe(605)
    phone.village = all
    expect((await phone.login({ sessionId: id })).code).toBe(200)
  })

  test.each(['1.1', '1.2'] as const)(
    'that 1.3 does not have refuse a session of %s in 1.3, and in no other',
    async (version) => {
      const { phone, id } = await negotiated({ version })
      expect((await new Phone(village, { version: '1.3' }).login({ sessionId: id })).code).toBe(605)
      expect((await phone.login({ sessionId: id })).code).toBe(200)
    },
  )

  test('that all versions have are no obstacle to a restore in any', async () => {
    for (const version of ['1.1', '1.2', '1.3'] as const) {
      const { id } = await negotiated({ version }, undefined, ofAllVersions)
      for (const other of ['1.1', '1.2', '1.3'] as const)
        expect((await new Phone(village, { version: other }).login({ sessionId: id })).code).toBe(200)
    }
  })

  test('that were never agreed are not compared', async () => {
    const phone = new Phone(village)
    await phone.login()
    phone.village = village.with({ environment: { IMPS_SERVICES_DISABLED: 'GETSPI' } })
    expect((await phone.login({ sessionId: phone.sessionId })).code).toBe(200)
  })

  test('a wrong password is 604 even when the services do not fit (R5a)', async () => {
    const { phone, id } = await negotiated()
    phone.village = village.with({ environment: { IMPS_SERVICES_DISABLED: 'GETSPI' } })
    expect((await phone.login({ sessionId: id, password: 'wrong' })).code).toBe(604)
  })
})

describe('switched off (R7)', () => {
  test('every re-establishment is 501, in round one as well, and live sessions go on', async () => {
    const { phone, id } = await negotiated()
    const reads = table.items()
    phone.village = village.with({ environment: { IMPS_SESSION_REESTABLISHMENT: 'off' } })
    for (const reply of [
      await phone.login({ sessionId: id }),
      await phone.loginByDigest({ sessionId: id }),
      await phone.login({ sessionId: 'x', form: 'B' }),
      await phone.request('Login-Request', {}, { session: id }),
    ]) {
      expect([reply.name, reply.code]).toEqual(['Login-Response', 501])
      expect(reply.primitive!.child('SessionID')).toBeUndefined()
    }
    expect(table.items()).toEqual(reads)
    expect((await phone.poll()).name).toBe('nothing')
  })
})

describe('what comes back (R10, R13)', () => {
  test('TransactionIDs of the server go on, and what was not acknowledged comes again under its own', async () => {
    const { phone, id } = await negotiated()
    await tell(id, 'one')
    await tell(id, 'two')
    const one = await phone.poll()
    await phone.acknowledge(one.transactionId!)
    const two = await new Phone(village).login({ sessionId: id })
    expect(two.code).toBe(200)
    await tell(id, 'three')
    const again = await phone.poll()
    expect(again.text).toContain('<ContentData>two</ContentData>')
    const next = await phone.acknowledge(again.transactionId!)
    expect(next.text).toContain('<ContentData>three</ContentData>')
    expect(new Set([one, again, next].map((reply) => reply.transactionId)).size).toBe(3)
  })

  test('what was sent and not acknowledged comes again at once, under its old TransactionID', async () => {
    const { phone, id } = await negotiated()
    await tell(id, 'one')
    const sent = await phone.poll()
    expect((await phone.poll()).name).toBe('nothing')
    await phone.login({ sessionId: id })
    const again = await phone.poll()
    expect([again.transactionId, again.text]).toEqual([sent.transactionId, sent.text])
  })

  test('the answer says that something waits', async () => {
    const { phone, id } = await negotiated()
    await tell(id, 'one')
    expect((await phone.login({ sessionId: id })).message!.poll).toBe(true)
    await phone.acknowledge((await phone.poll()).transactionId!)
    expect((await phone.login({ sessionId: id })).message!.poll).toBe(false)
  })

  test('without a TimeToLive the last agreed Keep-Alive-Time stays; with one it is granted as in any login', async () => {
    const { phone, id } = await negotiated({}, 100)
    await phone.request('KeepAlive-Request', { TimeToLive: 200 })
    expect((await phone.login({ sessionId: id })).primitive!.textOf('KeepAliveTime')).toBe('200')
    expect((await phone.login({ sessionId: id, timeToLive: 7205 })).primitive!.textOf('KeepAliveTime')).toBe('7200')
  })

  test('a restored session ends the other live one of its ClientID, which stays resumable (R16)', async () => {
    const first = await negotiated()
    const second = await negotiated()
    expect((await first.phone.poll()).code).toBe(604)
    expect((await first.phone.login({ sessionId: first.id })).code).toBe(200)
    expect((await second.phone.request('GetSPInfo-Request', {}, { session: second.id })).code).toBe(604)
    expect((await second.phone.login({ sessionId: second.id })).code).toBe(200)
  })

  test("a session that was taken over is not its old client's to end", async () => {
    const { id } = await negotiated({ client: 'old' })
    const other = new Phone(village, { client: 'new' })
    await other.login({ sessionId: id })
    await new Phone(village, { client: 'old' }).login()
    expect((await other.poll()).name).toBe('nothing')
  })
})

test('a login where 4-way login was switched off leaves nothing reversible behind', async () => {
  const off = village.with({ environment: { IMPS_FOUR_WAY_LOGIN: 'off' } })
  expect((await village.store.accounts.read('ann'))!.sealed).toBeDefined()
  expect((await new Phone(off).loginByDigest()).code).toBe(543)
  expect((await new Phone(off).login()).code).toBe(200)
  expect((await village.store.accounts.read('ann'))!.sealed).toBeUndefined()
})
