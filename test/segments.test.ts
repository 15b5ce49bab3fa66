import { beforeEach, describe, expect, test } from 'vitest'
import { segmentsOf } from '../src/csp/pts/segments.ts'
import { serve } from '../src/service.ts'
import { createMemoryTable } from './support/memoryTable.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from './support/village.ts'

let village: TestVillage
let table: ReturnType<typeof createMemoryTable>
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
})

interface More {
  readonly source?: string
  readonly only?: ReadonlySet<string>
}

async function post(
  text: string,
  { source = '192.0.2.1', only }: More = {},
): Promise<{ status: number; text: string }> {
  const answer = await serve(village, {
    method: 'POST',
    contentType: 'application/vnd.wv.csp.sms',
    body: Buffer.from(text),
    source,
    bearer: 'HTTP',
    ...(only && { only }),
  })
  expect(answer.contentType).toBe(answer.status === 200 ? 'application/vnd.wv.csp.sms' : 'text/plain; charset=utf-8')
  return { status: answer.status, text: Buffer.from(answer.body).toString('utf8') }
}

const loginLine = 'WV12LR1 UI=wv:ann CI=phone PW=pw TL=3600 SC=a-cookie-that-is-rather-long'
const segments = segmentsOf(loginLine, 30)
const waiting = { status: 200, text: '' }
const loggedIn = { status: 200, text: expect.stringMatching(/^WV12RL1 SI=\S+ CI=phone ST=\(200,/) }

describe('a message in segments', () => {
  test('is some, of which each is short', () => {
    expect(segments.length).toBeGreaterThan(3)
    expect(segments.every((one) => one.length <= 30)).toBe(true)
  })

  test.each([
    ['in order', (all: string[]) => all],
    ['in reverse', (all: string[]) => [...all].reverse()],
    [
      'each of them twice but the last',
      (all: string[]) => [...all.slice(0, -1).flatMap((one) => [one, one]), ...all.slice(-1)],
    ],
  ])('is answered when the last one has come: %s', async (_, ordered) => {
    const sent = ordered(segments)
    for (const one of sent.slice(0, -1)) expect(await post(one)).toEqual(waiting)
    expect(await post(sent.at(-1)!)).toEqual(loggedIn)
  })

  test('is answered at once when one request holds all of them', async () => {
    expect(await post(segments.join('\r\n'))).toEqual(loggedIn)
  })

  test('is carried out once, however many calls see it whole', async () => {
    const [last, ...others] = [...segments].reverse()
    for (const one of others) await post(one)
    const answers = await Promise.all([last, last, last].map((one) => post(one!)))
    expect(answers.filter(({ text }) => text !== '')).toEqual([loggedIn])
  })

  test('does not wait longer than a minute after its last segment', async () => {
    for (const one of segments.slice(0, -1)) {
      await post(one)
      village.clock.advance(50_000)
    }
    village.clock.advance(11_000)
    expect(await post(segments.at(-1)!)).toEqual(waiting)
  })

  test('the second round of a login under the same TransactionID is another message', async () => {
    const challenge = segmentsOf('WV12LR1 UI=wv:ann CI=phone SH=MD5 SC=a-cookie-that-is-rather-long', 30)
    for (const one of challenge.slice(0, -1)) await post(one)
    expect((await post(challenge.at(-1)!)).text).toMatch(/ NO=/)
    for (const one of segments.slice(0, -1)) expect(await post(one)).toEqual(waiting)
    expect(await post(segments.at(-1)!)).toEqual(loggedIn)
  })

  test('two messages from one address under one number: neither is carried out', async () => {
    const other = segmentsOf(loginLine.replace('PW=pw', 'PW=xx'), 30)
    await post(segments[0]!)
    const outcomes: number[] = []
    for (const [index, one] of segments.entries()) {
      if (index > 0) outcomes.push((await post(one)).status)
      if (other[index] !== one) outcomes.push((await post(other[index]!)).status)
    }
    expect(outcomes.filter((status) => status === 400).length).toBeGreaterThan(0)
    expect(table.items().filter(({ sk }) => sk === 'hot')).toEqual([])
  })

  test('comes from one address', async () => {
    for (const one of segments.slice(0, -1)) await post(one)
    expect(await post(segments.at(-1)!, { source: '192.0.2.2' })).toEqual(waiting)
    expect(await post(segments.at(-1)!)).toEqual(loggedIn)
  })

  test('has no segment of more than a thousand characters', async () => {
    const { status, text } = await post(`WV12UP1ab ${'x'.repeat(1001)}`)
    expect([status, text]).toEqual([400, 'Not a CSP message: a segment of more than 1000 characters\n'])
    expect(table.items().filter(({ sk }) => sk === 'segments')).toEqual([])
  })

  test('is not put together at an address that takes only some requests', async () => {
    expect((await post(segments[0]!, { only: new Set(['Login-Request']) })).status).toBe(400)
  })

  test('that is no message when it is whole is refused', async () => {
    const broken = segmentsOf('WV12LR1 UI=(wv:ann CI=phone PW=pw TL=3600', 30)
    for (const one of broken.slice(0, -1)) expect(await post(one)).toEqual(waiting)
    expect((await post(broken.at(-1)!)).status).toBe(400)
  })
})
