import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addAccount } from '../../src/accounts/lifecycle.ts'
import { newSealingKeys, parseSealingKeys } from '../../src/accounts/sealing.ts'
import { namespaces } from '../../src/csp/versions.ts'
import { createStore } from '../../src/store/store.ts'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { bytesOf, loginContent, primitiveIn, typeOf } from '../support/encodings.ts'
import { createRandomBytes } from '../support/random.ts'
import { createTestVillage } from '../support/village.ts'
import { type RunningFunction, startPackaged } from './runtimeApi.ts'

const type = 'application/vnd.wv.csp.xml'
const { session, transaction } = namespaces['1.2']
const folder = mkdtempSync(join(tmpdir(), 'village-end-to-end-'))
const names = ['csp', 'login', 'keepAlive', 'polling', 'sweep'] as const
let dynalite: Dynalite
let functions: Record<(typeof names)[number], RunningFunction>

const envelope = (sessionId: string | undefined, primitive: string, id = '1') =>
  `<WV-CSP-Message xmlns="${session}"><Session><SessionDescriptor>${sessionId ? `<SessionType>Inband</SessionType><SessionID>${sessionId}</SessionID>` : '<SessionType>Outband</SessionType>'}</SessionDescriptor>` +
  `<Transaction><TransactionDescriptor><TransactionMode>Request</TransactionMode><TransactionID>${id}</TransactionID></TransactionDescriptor>` +
  `<TransactionContent xmlns="${transaction}">${primitive}</TransactionContent></Transaction></Session></WV-CSP-Message>`

/** Invokes a function as the HTTP API does. */
async function post(
  name: (typeof names)[number],
  body: string | Buffer,
  { base64 = true, contentType = type, method = 'POST' } = {},
) {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/imps',
    headers: { 'content-type': contentType, 'x-forwarded-proto': 'https' },
    requestContext: { http: { method, path: '/imps', sourceIp: '192.0.2.1', protocol: 'HTTP/1.1', userAgent: '' } },
    body: Buffer.from(body).toString(base64 ? 'base64' : 'utf8'),
    isBase64Encoded: base64,
  }
  const result = (await functions[name].invoke(event)) as APIGatewayProxyStructuredResultV2
  const bytes = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8')
  return { ...result, bytes, text: bytes.toString() }
}
const login = (content: string) =>
  `<Login-Request><UserID>wv:ann</UserID><ClientID><URL>phone</URL></ClientID><SessionCookie>c</SessionCookie>${content}</Login-Request>`
const valueIn = (text: string, name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1]

beforeAll(async () => {
  dynalite = await startDynalite()
  const keyFile = join(folder, 'keys.json')
  const keys = newSealingKeys(createRandomBytes('end to end'))
  writeFileSync(keyFile, keys)
  const { table, name } = await dynalite.createNamedTable()
  const village = createTestVillage({ table })
  await addAccount(
    { ...village, store: createStore(table, village.random), sealingKeys: async () => parseSealingKeys(keys) },
    'ann',
    'secret pw',
  )
  const environment = { IMPS_TABLE: name, IMPS_DYNAMODB_ENDPOINT: dynalite.endpoint, IMPS_SEALING_KEY_FILE: keyFile }
  const started = await Promise.all(
    names.map(async (functionName) => [functionName, await startPackaged({ functionName, environment })]),
  )
  functions = Object.fromEntries(started)
}, 120_000)

afterAll(async () => {
  await Promise.all(Object.values(functions ?? {}).map((one) => one.stop()))
  await dynalite?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the packaged functions, run as Lambda runs them', () => {
  test('take a client from login through negotiation, keep-alive and polling to logout and back', async () => {
    const first = await post('login', envelope(undefined, login('<DigestSchema>MD5</DigestSchema>')))
    const nonce = valueIn(first.text, 'Nonce')
    const digest = createHash('md5').update(`${nonce}secret pw`).digest('base64')
    const second = await post('login', envelope(undefined, login(`<DigestBytes>${digest}</DigestBytes>`)), {
      base64: false,
    })
    const id = valueIn(second.text, 'SessionID')!
    expect(valueIn(second.text, 'Code')).toBe('200')
    expect(second.headers).toMatchObject({
      'content-type': type,
      'content-length': String(Buffer.byteLength(second.text)),
    })

    const capability = await post(
      'csp',
      envelope(
        id,
        '<ClientCapability-Request><CapabilityList><ServerPollMin>1</ServerPollMin></CapabilityList></ClientCapability-Request>',
      ),
    )
    expect(valueIn(capability.text, 'ServerPollMin')).toBe('30')
    const service = await post(
      'csp',
      envelope(
        id,
        '<Service-Request><Functions><WVCSPFeat/></Functions><AllFunctionsRequest>T</AllFunctionsRequest></Service-Request>',
      ),
    )
    expect(service.text).toContain('<AllFunctions><WVCSPFeat><FundamentalFeat/>')
    expect(valueIn((await post('keepAlive', envelope(id, '<KeepAlive-Request/>'))).text, 'Code')).toBe('200')
    expect(await post('polling', envelope(id, '<Polling-Request/>'))).toMatchObject({
      statusCode: 200,
      text: '',
      headers: { 'content-length': '0' },
    })
    expect(valueIn((await post('csp', envelope(id, '<Logout-Request/>'))).text, 'Code')).toBe('200')
    expect(valueIn((await post('polling', envelope(id, '<Polling-Request/>'))).text, 'Code')).toBe('604')
    const back = await post('login', envelope(id, login('<Password>secret pw</Password>')))
    expect([valueIn(back.text, 'Code'), valueIn(back.text, 'CapabilityRequest'), back.text.includes(id)]).toEqual([
      '200',
      'F',
      true,
    ])
    expect(await functions.sweep.invoke({})).toMatchObject({ looked: expect.any(Number) })
  })

  test('speak WBXML and plain text as well as XML, within one session', async () => {
    const [wbxml, pts] = [{ contentType: typeOf('WBXML') }, { contentType: typeOf('PTS') }]
    const answer = await post('login', bytesOf('WBXML', 'Login-Request', loginContent('ann', 'secret pw')), wbxml)
    const granted = primitiveIn('WBXML', answer.bytes)
    expect([granted.name, granted.find('Result', 'Code')?.text]).toEqual(['Login-Response', '200'])
    expect(answer).toMatchObject({
      isBase64Encoded: true,
      headers: { 'content-type': wbxml.contentType, 'content-length': String(answer.bytes.length) },
    })

    const id = granted.textOf('SessionID')!
    const idle = (type: string) => ({
      statusCode: 200,
      text: '',
      headers: { 'content-type': type, 'content-length': '0' },
    })
    const poll = bytesOf('WBXML', 'Polling-Request', {}, id)
    expect(await post('polling', poll, wbxml)).toMatchObject(idle(wbxml.contentType))
    expect(await post('csp', poll, wbxml)).toMatchObject(idle(wbxml.contentType))
    for (const base64 of [true, false]) {
      const line = `WV12PO1 SI=${id}`
      expect(await post('polling', line, { ...pts, base64 })).toMatchObject(idle(pts.contentType))
    }
    const keepAlive = await post('keepAlive', `WV12KA2 SI=${id}`, pts)
    expect(keepAlive).toMatchObject({ isBase64Encoded: false, text: expect.stringContaining('ST=(200,') })
    expect(await post('polling', `WV12PO3 SI=${id}x`, pts)).toMatchObject({ text: expect.stringContaining('ST=(604,') })
    expect(valueIn((await post('csp', envelope(id, '<Logout-Request/>'))).text, 'Code')).toBe('200')
    const over = await post('polling', poll, wbxml)
    expect(primitiveIn('WBXML', over.bytes).find('Result', 'Code')?.text).toBe('604')
  })

  test('refuse on narrow addresses what does not belong there', async () => {
    expect(valueIn((await post('polling', envelope(undefined, login('<Password>x</Password>')))).text, 'Code')).toBe(
      '405',
    )
    expect(valueIn((await post('login', envelope(undefined, '<Polling-Request/>'))).text, 'Code')).toBe('405')
  })

  test('refuse what is no CSP message with a 4xx and a plain word', async () => {
    expect(await post('csp', '<broken')).toMatchObject({
      statusCode: 400,
      text: expect.stringContaining('Not a CSP message'),
    })
    expect(await post('csp', 'x'.repeat(300_000))).toMatchObject({ statusCode: 413 })
    expect(await post('csp', '', { method: 'GET' })).toMatchObject({ statusCode: 405 })
    expect(await post('csp', 'nothing', { contentType: 'image/png' })).toMatchObject({ statusCode: 415 })
  })

  test('log no password, no digest and no whole SessionID', async () => {
    const answer = await post('login', envelope(undefined, login('<Password>secret pw</Password>')))
    const logs = Object.values(functions)
      .map((one) => one.logs())
      .join('\n')
    expect(logs).toContain('session established')
    expect(logs).not.toContain('secret pw')
    expect(logs).not.toContain(valueIn(answer.text, 'SessionID'))
  })
})
