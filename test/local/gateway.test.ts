import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterEach, describe, expect, test } from 'vitest'
import { type Gateway, type GatewayOptions, startGateway } from '../../local/gateway.ts'
import { StackError } from '../../local/stackError.ts'
import { post, Wire } from './wire.ts'

type Answer = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>

const gateways: Gateway[] = []
const wires: Wire[] = []
const errors: unknown[] = []

/** A gateway before one handler; by default it answers with the event. */
async function gatewayTo(answer: Answer = echo, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const log = { error: (_event: string, error: unknown) => errors.push(error) }
  const gateway = await startGateway({ handlers: { $default: answer }, port: 0, log, ...options })
  gateways.push(gateway)
  return gateway
}

const echo: Answer = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(event),
})

const empty: Answer = async () => ({ statusCode: 200 })

function open(url: string): Wire {
  const wire = new Wire(url)
  wires.push(wire)
  return wire
}

async function eventOf(url: string, request: string): Promise<APIGatewayProxyEventV2> {
  const { body } = await open(url).send(request).answer()
  return JSON.parse(Buffer.from(body, 'latin1').toString('utf8'))
}

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy()
  for (const gateway of gateways.splice(0)) await gateway.stop()
  errors.length = 0
})

describe('an answer', () => {
  test('has a Content-Length and is not chunked, also when it is empty', async () => {
    const { url } = await gatewayTo(empty)
    const answer = await open(url).send(post('<x/>')).answer()
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers).toMatchObject({ 'content-length': '0' })
    expect(answer.headers).not.toHaveProperty('transfer-encoding')
  })

  test('counts bytes, not characters', async () => {
    const { url } = await gatewayTo(async () => ({ statusCode: 200, body: 'ä€' }))
    expect((await open(url).send(post('x')).answer()).headers['content-length']).toBe('5')
  })

  test('that a handler gave in BASE64 goes out as bytes', async () => {
    const { url } = await gatewayTo(async () => ({ statusCode: 200, body: 'AwAB/w==', isBase64Encoded: true }))
    expect((await open(url).send(post('x')).answer()).body).toBe('\x03\x00\x01\xff')
  })

  test('to HEAD has no body but says how long it would be', async () => {
    const { url } = await gatewayTo(async () => ({ statusCode: 200, body: 'four' }))
    const answer = await open(url).send('HEAD / HTTP/1.1\r\nHost: phone\r\n\r\n').answer(true)
    expect(answer.headers['content-length']).toBe('4')
  })

  test('is an HTTP 500 in plain words when the handler throws, and that is logged', async () => {
    const { url } = await gatewayTo(async () => {
      throw new Error('secret detail')
    })
    const wire = open(url)
    const answer = await wire.send(post('x')).answer()
    expect(answer).toMatchObject({ status: 500, body: 'Internal server error\n' })
    expect(errors).toEqual([new Error('secret detail')])
    expect((await wire.send(post('x')).answer()).status).toBe(500)
  })
})

describe('a connection', () => {
  test('takes one request after the other', async () => {
    const { url } = await gatewayTo(async ({ body = '' }) => ({ statusCode: 200, body, isBase64Encoded: true }))
    const wire = open(url)
    for (const text of ['one', 'two', 'three']) expect((await wire.send(post(text)).answer()).body).toBe(text)
  })

  test('does not wait for another one', async () => {
    let waiting = 0
    let release = () => {}
    const all = new Promise<void>((resolve) => {
      release = resolve
    })
    const { url } = await gatewayTo(async () => {
      if (++waiting === 5) release()
      await all
      return { statusCode: 200 }
    })
    const answers = await Promise.all(Array.from({ length: 5 }, () => open(url).send(post('x')).answer()))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })

  test('is told to continue when its client asks whether it may', async () => {
    const { url } = await gatewayTo()
    const wire = open(url).send(post('', { headers: 'Expect: 100-continue\r\n', length: 4 }))
    expect((await wire.answer()).status).toBe(100)
    expect((await wire.send('<x/>').answer()).status).toBe(200)
  })

  test('that expects something else is served all the same', async () => {
    const { url } = await gatewayTo(empty)
    expect(
      (
        await open(url)
          .send(post('x', { headers: 'Expect: wonders\r\n' }))
          .answer()
      ).status,
    ).toBe(200)
  })

  test('that speaks no HTTP is refused with an answer that can be read', async () => {
    const wire = open((await gatewayTo()).url).send('hello\r\n\r\n')
    expect(await wire.answer()).toMatchObject({ status: 400, headers: { 'content-length': '0' } })
    await wire.closed()
  })

  test('on which a head never ends is closed', async () => {
    const timeouts = { headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 10 }
    const wire = open((await gatewayTo(empty, { timeouts })).url).send('POST / HTTP/1.1\r\nHost: ')
    expect((await wire.answer()).status).toBe(408)
    await wire.closed()
  })

  test('that breaks off in the middle of a body hurts nobody', async () => {
    const { url } = await gatewayTo(empty)
    const wire = open(url).send(post('', { headers: 'Expect: 100-continue\r\n', length: 4 }))
    await wire.answer()
    wire.destroy()
    expect((await open(url).send(post('x')).answer()).status).toBe(200)
    expect(errors).toEqual([])
  })
})

describe('a body over the limit', () => {
  test('is refused by its Content-Length, before a byte of it is sent', async () => {
    const { url } = await gatewayTo(empty)
    const answer = await open(url)
      .send(post('', { length: 10 * 1024 * 1024 + 1 }))
      .answer()
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } })
    expect(answer.body).toContain('10485760')
  })

  test('is not asked for', async () => {
    const { url } = await gatewayTo(empty, { limit: 10 })
    const wire = open(url).send(post('', { headers: 'Expect: 100-continue\r\n', length: 11 }))
    expect((await wire.answer()).status).toBe(413)
  })

  test('is refused where it comes in chunks of unknown number', async () => {
    const { url } = await gatewayTo(empty, { limit: 10 })
    const wire = open(url).send('POST / HTTP/1.1\r\nHost: phone\r\nTransfer-Encoding: chunked\r\n\r\n')
    wire.send('8\r\n12345678\r\n8\r\n12345678\r\n')
    expect((await wire.answer()).status).toBe(413)
    wire.send('0\r\n\r\n')
    await wire.closed()
  })

  test('is read on for a while, so that the refusal is not lost on a client that is still sending', async () => {
    const { url } = await gatewayTo(empty, { limit: 1_000_000 })
    const wire = open(url).send(post('x'.repeat(1_500_000)))
    expect((await wire.answer()).status).toBe(413)
    await wire.closed()
  })

  test('is taken when it is just as large as it may be', async () => {
    const { url } = await gatewayTo(empty, { limit: 10 })
    expect((await open(url).send(post('1234567890')).answer()).status).toBe(200)
  })
})

describe('an event', () => {
  test('has the body in BASE64 for the content types of CSP', async () => {
    const { url } = await gatewayTo()
    const headers = 'Content-Type: application/vnd.wv.csp.wbxml\r\n'
    const event = await eventOf(url, post('\x03\xff', { headers }))
    expect(event).toMatchObject({ isBase64Encoded: true, body: 'A/8=' })
  })

  test.each(['text/xml', 'text/xml; charset=utf-8', 'application/json', 'application/xml;charset=utf-8'])(
    'has the body as it is for %s',
    async (type) => {
      const { url } = await gatewayTo()
      const event = await eventOf(url, post('<x>\xc3\xa4</x>', { headers: `Content-Type: ${type}\r\n` }))
      expect(event).toMatchObject({ isBase64Encoded: false, body: '<x>ä</x>' })
    },
  )

  test('keeps a text of another character set whole', async () => {
    const { url } = await gatewayTo()
    const event = await eventOf(url, post('\xe4', { headers: 'Content-Type: text/xml; charset=iso-8859-1\r\n' }))
    expect(event).toMatchObject({ isBase64Encoded: true, body: '5A==' })
  })

  test('has path, query, method, source and headers, as API Gateway gives them', async () => {
    const { url } = await gatewayTo()
    const headers = 'X-Two: a\r\nX-Two: b\r\nCookie: c=1; d=2\r\nConnection: keep-alive\r\n'
    const event = await eventOf(url, post('x', { path: '/any/path?q=1&q=2', headers }))
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/any/path',
      rawQueryString: 'q=1&q=2',
      queryStringParameters: { q: '1,2' },
      cookies: ['c=1', 'd=2'],
      headers: { host: 'phone', 'x-two': 'a,b', 'content-length': '1' },
      requestContext: { http: { method: 'POST', path: '/any/path', sourceIp: '127.0.0.1' } },
    })
    expect(event.headers).not.toHaveProperty('connection')
    expect(event.headers).not.toHaveProperty('cookie')
  })

  test('says that the request came over HTTP, whatever the client claims', async () => {
    const { url } = await gatewayTo()
    const event = await eventOf(
      url,
      post('x', { headers: 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.9\r\n' }),
    )
    expect(event.headers).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '192.0.2.9, 127.0.0.1',
    })
  })
})

describe('a route', () => {
  test('is chosen by method and path, and everything else goes to $default', async () => {
    const handlers = { $default: echo, 'POST /csp/login': echo }
    const { url } = await gatewayTo(echo, { handlers })
    const routeOf = async (request: string) => (await eventOf(url, request)).routeKey
    expect(await routeOf(post('x', { path: '/csp/login' }))).toBe('POST /csp/login')
    expect(await routeOf(post('x', { path: '/csp/login?a' }))).toBe('POST /csp/login')
    expect(await routeOf('GET /csp/login HTTP/1.1\r\nHost: phone\r\n\r\n')).toBe('$default')
    expect(await routeOf(post('x', { path: '/csp/login/' }))).toBe('$default')
    expect(await routeOf(post('x', { path: '/constructor' }))).toBe('$default')
  })
})

test('Stopping answers what is under way and takes nothing new', async () => {
  let arrived = () => {}
  let release = () => {}
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const mayGo = new Promise<void>((resolve) => {
    release = resolve
  })
  const gateway = await gatewayTo(async () => {
    arrived()
    await mayGo
    return { statusCode: 200, body: 'done' }
  })
  const wire = open(gateway.url).send(post('x'))
  const idle = open(gateway.url)
  await hasArrived
  const stopped = gateway.stop()
  release()
  expect((await wire.answer()).body).toBe('done')
  await stopped
  await Promise.all([wire.closed(), idle.closed()])
  await expect(open(gateway.url).send(post('x')).answer()).rejects.toThrow('closed')
})

test('A port that is taken is named, with the setting that changes it', async () => {
  const { url } = await gatewayTo()
  const port = Number(new URL(url).port)
  await expect(gatewayTo(empty, { port })).rejects.toThrow(StackError)
  await expect(gatewayTo(empty, { port })).rejects.toThrow(
    `Port ${port} is in use by another program. IMPS_PORT takes another one.`,
  )
})
