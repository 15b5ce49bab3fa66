import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { beforeAll, describe, expect, test } from 'vitest'
import { gatewayHandler } from '../../src/adapters/lambda/gateway.ts'
import type { Encoding } from '../../src/csp/codecs.ts'
import type { ContentTree } from '../../src/csp/element.ts'
import { bytesOf, encodings, loginContent, primitiveIn, typeOf } from '../support/encodings.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'

const village = createTestVillage({ table: createMemoryTable() })
const handler = gatewayHandler(village)
const faithful = gatewayHandler(village.with({ environment: { IMPS_BEARER_CHANGE: 'off' } }))
beforeAll(() => addCheapAccount(village, 'ann', 'pw'))

interface Sent {
  /** The body as it stands in the event. */
  readonly body?: string
  readonly isBase64Encoded?: boolean
  readonly headers?: Record<string, string>
}

/** An event of an HTTP API, payload 2.0. */
const eventOf = ({ body, isBase64Encoded = false, headers = {} }: Sent): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: '/imps',
  rawQueryString: '',
  headers,
  requestContext: {
    accountId: '1',
    apiId: 'a',
    domainName: 'imps.example',
    domainPrefix: 'imps',
    http: { method: 'POST', path: '/imps', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'phone' },
    requestId: 'r',
    routeKey: '$default',
    stage: '$default',
    time: '01/Jan/2026:12:00:00 +0000',
    timeEpoch: 1767268800000,
  },
  ...(body !== undefined && { body }),
  isBase64Encoded,
})

/** What API Gateway would send on: the bytes of the answer, and its headers. */
async function answerTo(sent: Sent, to = handler) {
  const { statusCode: status, headers, body = '', isBase64Encoded = false } = await to(eventOf(sent))
  return { status, headers, isBase64Encoded, text: body, bytes: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }
}

const inBase64 = (bytes: Buffer) => ({ body: bytes.toString('base64'), isBase64Encoded: true })
const asText = (bytes: Buffer) => ({ body: bytes.toString('utf8'), isBase64Encoded: false })

const ask = (encoding: Encoding, name: string, content?: ContentTree, sessionId?: string, form = inBase64) =>
  answerTo({ ...form(bytesOf(encoding, name, content, sessionId)), headers: { 'content-type': typeOf(encoding) } })

async function login(encoding: Encoding = 'XML'): Promise<string> {
  const { bytes } = await ask(encoding, 'Login-Request', loginContent('ann'))
  return primitiveIn(encoding, bytes).textOf('SessionID')!
}

describe.each(encodings)('an answer in %s', (encoding) => {
  test('is in the encoding and of the type that was asked in, text as it is and WBXML in BASE64', async () => {
    const answer = await ask(encoding, 'Login-Request', loginContent('ann'))
    expect(answer).toMatchObject({ status: 200, isBase64Encoded: encoding === 'WBXML' })
    expect(answer.headers).toMatchObject({ 'content-type': typeOf(encoding) })
    const response = primitiveIn(encoding, answer.bytes)
    expect([response.name, response.find('Result', 'Code')?.text]).toEqual(['Login-Response', '200'])
  })

  test('has a length in bytes, whatever characters it has and however it is coded', async () => {
    const session = await login(encoding)
    const StatusText = 'Grüße, 日本 😀'
    await ask(encoding, 'UpdatePresence-Request', presence({ StatusText }), session)
    const attributes = { User: { UserID: 'wv:ann' }, PresenceSubList: { StatusText: '' } }
    const { headers, text, bytes } = await ask(encoding, 'GetPresence-Request', attributes, session)
    const found = primitiveIn(encoding, bytes).find('Presence', 'PresenceSubList', 'StatusText', 'PresenceValue')
    expect(found?.text).toBe(StatusText)
    expect(headers).toMatchObject({ 'content-length': String(bytes.length) })
    // Were it the other length, this test would not see it.
    expect(bytes.length).not.toBe(text.length)
  })

  test('is empty when a poll finds nothing', async () => {
    const answer = await ask(encoding, 'Polling-Request', {}, await login(encoding))
    expect(answer).toMatchObject({ status: 200, text: '' })
    expect(answer.headers).toMatchObject({ 'content-length': '0', 'content-type': typeOf(encoding) })
  })
})

const presence = ({ StatusText }: { StatusText: string }): ContentTree => ({
  PresenceSubList: { StatusText: { Qualifier: true, PresenceValue: StatusText } },
})

describe('a request', () => {
  test.each(['XML', 'PTS'] as const)('in %s may come in BASE64 or as it is', async (encoding) => {
    const session = await login()
    const StatusText = 'Ελληνικά 😀'
    for (const form of [inBase64, asText]) {
      const update = await ask(encoding, 'UpdatePresence-Request', presence({ StatusText }), session, form)
      expect(primitiveIn(encoding, update.bytes).find('Result', 'Code')?.text).toBe('200')
      const attributes = { User: { UserID: 'wv:ann' }, PresenceSubList: { StatusText: '' } }
      const { bytes } = await ask(encoding, 'GetPresence-Request', attributes, session, form)
      const found = primitiveIn(encoding, bytes).find('Presence', 'PresenceSubList', 'StatusText', 'PresenceValue')
      expect(found?.text).toBe(StatusText)
    }
  })

  test('in WBXML of ASCII bytes only may come as it is', async () => {
    const inline = (text: string) => `\x03${text}\x00`
    // KeepAlive-Request without namespaces and value tokens: the public identifier says the version.
    const body =
      `\x03\x11\x6a\x00\x49\x6d\x6e\x70${inline('Inband')}\x01\x6f${inline(await login())}\x01\x01` +
      `\x72\x74\x76${inline('Request')}\x01\x75${inline('7')}\x01\x01\x73\x00\x01\x1b\x01\x01\x01\x01`
    const answer = await answerTo({ body, headers: { 'content-type': typeOf('WBXML') } })
    const response = primitiveIn('WBXML', answer.bytes)
    expect([response.name, response.find('Result', 'Code')?.text]).toEqual(['KeepAlive-Response', '200'])
  })

  test('without a content type is known by its first bytes', async () => {
    for (const encoding of encodings) {
      const answer = await answerTo(inBase64(bytesOf(encoding, 'Login-Request', loginContent('ann'))))
      expect(primitiveIn(encoding, answer.bytes).name).toBe('Login-Response')
      expect(answer.headers).toMatchObject({ 'content-type': typeOf(encoding) })
    }
  })

  test.each(['content-type', 'Content-Type', 'CONTENT-TYPE'])('has a type by the name of %s', async (name) => {
    const { status, headers } = await answerTo({ ...asText(Buffer.from('hello')), headers: { [name]: 'image/gif' } })
    expect([status, headers?.['content-type']]).toEqual([415, 'text/plain; charset=utf-8'])
    // Bytes that could be XML by their beginning: only the type says what they are.
    const known = await answerTo({ ...asText(Buffer.from('<x/>')), headers: { [name]: typeOf('WBXML') } })
    expect([known.status, known.text]).toEqual([400, expect.stringContaining('WBXML')])
  })

  test.each(['x-forwarded-proto', 'X-Forwarded-Proto', 'X-FORWARDED-PROTO'])(
    'came over the bearer that %s says',
    async (name) => {
      const bound = async (encoding: Encoding, body: Buffer, bearer: string) => {
        const headers = { 'content-type': typeOf(encoding), [name]: bearer }
        return primitiveIn(encoding, (await answerTo({ ...inBase64(body), headers }, faithful)).bytes)
      }
      const granted = await bound('WBXML', bytesOf('WBXML', 'Login-Request', loginContent('ann')), 'http')
      const keepAlive = bytesOf('WBXML', 'KeepAlive-Request', {}, granted.textOf('SessionID')!)
      const codes = []
      for (const bearer of ['http', 'https'])
        codes.push((await bound('WBXML', keepAlive, bearer)).find('Result', 'Code')?.text)
      expect(codes).toEqual(['200', '403'])
    },
  )

  test('without a body is refused in plain words', async () => {
    const answer = await answerTo({ headers: { 'content-type': typeOf('WBXML') } })
    expect(answer).toMatchObject({ status: 400, isBase64Encoded: false, text: 'The request is empty\n' })
  })
})
