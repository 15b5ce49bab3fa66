import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { element } from '../src/csp/element.ts'
import type { SessionMessage } from '../src/csp/message.ts'
import { decodeWbxml } from '../src/csp/wbxml/decode.ts'
import { encodeWbxml } from '../src/csp/wbxml/encode.ts'
import { decodeXml } from '../src/csp/xml/decode.ts'
import { encodeXml } from '../src/csp/xml/encode.ts'
import { type ServiceRequest, serve } from '../src/service.ts'
import { message } from './csp/arbitraries.ts'
import { createMemoryTable } from './support/memoryTable.ts'
import { Phone } from './support/phone.ts'
import { addCheapAccount, createTestVillage } from './support/village.ts'

const table = createMemoryTable()
const village = createTestVillage({ table, environment: { IMPS_MAX_REQUEST_BYTES: '20000' } })
const phone = new Phone(village)
beforeAll(async () => {
  await addCheapAccount(village, 'ann', 'pw')
  await phone.login({ timeToLive: 7200 })
})

const post = (body: Uint8Array | string, more: Partial<ServiceRequest> = {}) =>
  serve(village, {
    method: 'POST',
    contentType: 'application/vnd.wv.csp.xml',
    body: Buffer.from(body),
    source: '192.0.2.1',
    bearer: 'HTTP',
    ...more,
  })

/** Messages of any shape, some in the phone's session, some damaged. */
const requests = fc
  .tuple(
    message,
    fc.constantFrom('session', 'outband', 'as is'),
    fc.option(fc.tuple(fc.nat(), fc.nat(30), fc.string({ maxLength: 6 })), { freq: 2 }),
  )
  .map(([one, where, damage]) => {
    const session =
      where === 'session'
        ? { type: 'Inband' as const, id: phone.sessionId! }
        : where === 'outband'
          ? { type: 'Outband' as const }
          : one.session
    const xml = Buffer.from(encodeXml({ ...one, session })).toString('utf8')
    if (!damage) return xml
    const [at, length, put] = damage
    return xml.slice(0, at % xml.length) + put + xml.slice((at % xml.length) + length)
  })

describe('whatever comes in', () => {
  test('is answered in the protocol, or refused with a 4xx and a plain word; never a 5xx, a stack trace or an exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.constantFrom('application/vnd.wv.csp.xml', 'text/xml; charset=utf-8', undefined, 'image/png'),
        async (body, contentType) => {
          const before = village.lines.length
          const answer = await post(body, { contentType })
          const text = Buffer.from(answer.body).toString('utf8')
          expect([200, 400, 413, 415]).toContain(answer.status)
          expect(text).not.toMatch(/\bat .*\.ts|node:internal|Error:/)
          if (answer.status === 200 && text !== '') expect(() => decodeXml(answer.body)).not.toThrow()
          expect(village.lines.slice(before).filter(({ event }) => event === 'transaction failed')).toEqual([])
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('no item of the table grows with it', () => {
    for (const item of table.items()) if (item.sk === 'hot') expect(JSON.stringify(item).length).toBeLessThan(4000)
  })

  test.each([
    ['a body over the limit', { body: Buffer.alloc(20_001, 'x') }, 413],
    ['an empty body', { body: Buffer.alloc(0) }, 400],
    [
      'WBXML that breaks off',
      { body: Buffer.from([3, 0x11, 0x6a, 0]), contentType: 'application/vnd.wv.csp.wbxml' },
      400,
    ],
    ['plain text with a group that is not closed', { body: Buffer.from('WV12GP1 UI=(x'), contentType: undefined }, 400],
    ['a picture', { body: Buffer.from('GIF89a'), contentType: 'image/gif' }, 415],
    ['another method', { method: 'GET' }, 405],
  ])('is refused with its own status: %s', async (_, more, status) => {
    const answer = await post('<a/>', more)
    expect(answer.status).toBe(status)
    expect(answer.contentType).toBe('text/plain; charset=utf-8')
  })
})

describe('the content type of an answer', () => {
  const poll = (version: '1.2' | '1.3') =>
    Buffer.from(
      encodeXml({ kind: 'session', version, session: { type: 'Inband', id: 'x' }, transactions: [] }),
    ).toString()
  const keepAlive = (version: '1.2' | '1.3') =>
    poll(version).replace(
      '</Session></WV',
      '<Transaction><TransactionContent><KeepAlive-Request/></TransactionContent></Transaction></Session></WV',
    )

  test.each([
    ['application/vnd.wv.csp.xml', 'application/vnd.wv.csp.xml'],
    ['application/vnd.wv.csp+xml', 'application/vnd.wv.csp+xml'],
    ['Application/VND.WV.CSP.XML; charset=UTF-8', 'application/vnd.wv.csp.xml'],
    ['text/xml', 'text/xml'],
  ])('for %s is %s', async (asked, answered) => {
    expect((await post(keepAlive('1.2'), { contentType: asked })).contentType).toBe(answered)
  })

  test('is that of the version when the request names none', async () => {
    expect((await post(keepAlive('1.2'), { contentType: undefined })).contentType).toBe('application/vnd.wv.csp.xml')
    expect((await post(keepAlive('1.3'), { contentType: undefined })).contentType).toBe('application/vnd.wv.csp+xml')
  })
})

test('an error of the store is Status 500 within a 200, without a word of what it was', async () => {
  const broken = village.with({ table: { ...table, query: () => Promise.reject(new Error('secret detail')) } })
  const other = new Phone(broken)
  other.sessionId = phone.sessionId
  const reply = await other.request('KeepAlive-Request')
  expect([reply.http.status, reply.code]).toEqual([200, 500])
  expect(reply.text).not.toContain('secret detail')
  expect((await other.login()).name).toBe('Login-Response')
})

test('WBXML in a version that is not spoken gets 505, in the highest one', async () => {
  const request = encodeWbxml({
    kind: 'session',
    version: '1.3',
    session: { type: 'Outband' },
    transactions: [{ mode: 'Request', id: '7', primitive: element('Login-Request', { UserID: 'wv:ann' }) }],
  })
  const later = Buffer.from(request)
  // The root's namespace ends in "1.3": the first inline string of the document.
  later.write('2.0', later.indexOf('1.3'), 'latin1')
  const { status, contentType, body } = await serve(village, {
    method: 'POST',
    contentType: 'application/vnd.wv.csp+wbxml',
    body: later,
    source: '192.0.2.1',
    bearer: 'HTTPS',
  })
  expect([status, contentType]).toEqual([200, 'application/vnd.wv.csp+wbxml'])
  const answer = decodeWbxml(body) as SessionMessage
  expect([answer.version, answer.transactions[0]!.id, answer.transactions[0]!.primitive.name]).toEqual([
    '1.3',
    '7',
    'Login-Response',
  ])
  expect(answer.transactions[0]!.primitive.find('Result', 'Code')?.text).toBe('505')
})
