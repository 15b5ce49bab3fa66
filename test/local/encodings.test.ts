import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Encoding } from '../../src/csp/codecs.ts'
import type { ContentTree } from '../../src/csp/element.ts'
import { bytesOf, encodings, loginContent, primitiveIn, typeOf } from '../support/encodings.ts'
import { addCheapAccount } from '../support/village.ts'
import { Stacks } from './stacks.ts'
import { post, Wire } from './wire.ts'

const stacks = new Stacks()
let wire: Wire
beforeAll(async () => {
  const stack = await stacks.start()
  for (const user of ['ann', 'bob']) await addCheapAccount(stack.village, user, 'pw')
  wire = new Wire(stack.url)
})
afterAll(async () => {
  wire.destroy()
  await stacks.clear()
})

/** Sends bytes as they are and gets the answer as bytes. @param type none: the request names no content type */
async function exchange(bytes: Buffer, type?: string) {
  const headers = type === undefined ? '' : `Content-Type: ${type}\r\n`
  const { body, ...answer } = await wire.send(post(bytes.toString('latin1'), { headers })).answer()
  return { ...answer, bytes: Buffer.from(body, 'latin1') }
}

const ask = async (encoding: Encoding, name: string, content: ContentTree, session?: string) =>
  primitiveIn(encoding, (await exchange(bytesOf(encoding, name, content, session), typeOf(encoding))).bytes)

const login = async (encoding: Encoding, user: string) =>
  (await ask(encoding, 'Login-Request', loginContent(user))).textOf('SessionID')!

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, value) => value))

describe('over a real socket', () => {
  // The bytes of a picture go into XML in BASE64 and into WBXML as they are.
  test.each([
    ['WBXML', 'WBXML'],
    ['WBXML', 'XML'],
    ['XML', 'WBXML'],
    ['XML', 'XML'],
  ] as const)('every byte that a content in %s may have arrives unharmed in %s', async (from, to) => {
    const [ann, bob] = [await login(from, 'ann'), await login(to, 'bob')]
    const CapabilityList = { AnyContent: true, AcceptedTransferEncoding: 'BASE64' }
    await ask(to, 'ClientCapability-Request', { CapabilityList }, bob)
    const MessageInfo = {
      ContentType: 'image/gif',
      ContentEncoding: 'BASE64',
      ContentSize: 256,
      Recipient: { User: { UserID: 'wv:bob' } },
    }
    const content = { MessageInfo, ContentData: everyByte.toString('base64') }
    const sent = bytesOf(from, 'SendMessage-Request', { DeliveryReport: false, ...content }, ann)
    expect(sent.includes(everyByte)).toBe(from === 'WBXML')
    const response = primitiveIn(from, (await exchange(sent, typeOf(from))).bytes)
    expect(response.find('Result', 'Code')?.text).toBe('200')

    const got = await exchange(bytesOf(to, 'Polling-Request', {}, bob), typeOf(to))
    expect(got.bytes.includes(everyByte)).toBe(to === 'WBXML')
    expect(got.headers).toMatchObject({ 'content-length': String(got.bytes.length), 'content-type': typeOf(to) })
    const message = primitiveIn(to, got.bytes)
    expect(message.textOf('ContentData')).toBe(content.ContentData)
    expect(message.find('MessageInfo', 'ContentSize')?.text).toBe('256')
  })

  test.each(encodings)('a content type may have parameters, and %s is answered without them', async (encoding) => {
    const type = typeOf(encoding).toUpperCase()
    for (const parameters of ['; charset=utf-8', ';charset="UTF-8"', ' ; q=1; charset=us-ascii']) {
      const { status, headers, bytes } = await exchange(
        bytesOf(encoding, 'Login-Request', loginContent('ann')),
        type + parameters,
      )
      expect([status, headers['content-type']]).toEqual([200, typeOf(encoding)])
      expect(primitiveIn(encoding, bytes).find('Result', 'Code')?.text).toBe('200')
    }
  })

  test.each(encodings)(
    '%s is known by its first bytes where nothing is said of a type, or nothing that helps',
    async (encoding) => {
      for (const type of [undefined, 'text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded']) {
        const { status, headers, bytes } = await exchange(bytesOf(encoding, 'Login-Request', loginContent('ann')), type)
        expect([status, headers['content-type']]).toEqual([200, typeOf(encoding)])
        expect(primitiveIn(encoding, bytes).find('Result', 'Code')?.text).toBe('200')
      }
    },
  )

  test.each(encodings)('an idle poll in %s is answered with nothing', async (encoding) => {
    const poll = bytesOf(encoding, 'Polling-Request', {}, await login(encoding, 'ann'))
    const { status, headers, bytes } = await exchange(poll, typeOf(encoding))
    expect([status, bytes.length, headers['content-length'], headers['transfer-encoding']]).toEqual([
      200,
      0,
      '0',
      undefined,
    ])
  })

  test('text that is no XML by its type, and no ASCII, comes whole', async () => {
    const session = await login('PTS', 'ann')
    const line = Buffer.from(`WV12UP8 SI=${session} UV=((ST,T,"Grüße 日本"))`)
    expect((await exchange(line, 'text/plain')).status).toBe(200)
    const { bytes } = await exchange(
      Buffer.from(`WV12GP9 SI=${session} UI=wv:ann PS=(ST)`),
      'text/plain; charset=utf-8',
    )
    expect(bytes.toString('utf8')).toContain('"Grüße 日本"')
  })
})
