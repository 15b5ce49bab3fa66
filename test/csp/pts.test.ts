import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseCodec } from '../../src/csp/codecs.ts'
import { NotCspError } from '../../src/csp/cspError.ts'
import { type Element, element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { decodePts } from '../../src/csp/pts/decode.ts'
import { encodePts } from '../../src/csp/pts/encode.ts'
import { expressedInPts } from '../../src/csp/pts/primitives.ts'
import { versions } from '../../src/csp/versions.ts'
import { message } from './arbitraries.ts'
import { carried, ptsMessage } from './ptsArbitraries.ts'
import { said } from './said.ts'

const encoded = (one: SessionMessage) => Buffer.from(encodePts(one)).toString('utf8')
const decoded = (text: string | Uint8Array, charset?: string) => decodePts(Buffer.from(text), charset) as SessionMessage
const refusal = (text: string | Uint8Array, charset?: string) => {
  try {
    decodePts(Buffer.from(text), charset)
  } catch (error) {
    if (error instanceof NotCspError) return error.status
    throw error
  }
  return 'accepted'
}
const holding = (primitive: Element, rest: Partial<SessionMessage> = {}, id: string | undefined = '5') =>
  ({
    kind: 'session',
    version: '1.3',
    session: { type: 'Inband', id: 'abc' },
    transactions: [{ mode: /Request$/.test(primitive.name) ? 'Request' : 'Response', ...(id && { id }), primitive }],
    ...rest,
  }) as SessionMessage

describe('any message', () => {
  test('that plain text can carry is the same after a way through it', () => {
    fc.assert(
      fc.property(ptsMessage, (one) => {
        expect(said(decoded(encodePts(one)))).toEqual(said(one))
      }),
      { numRuns: 1500 },
    )
  })

  test('that it can carry in part says the same the second time', () => {
    fc.assert(
      fc.property(message, (one) => {
        const text = encoded(one)
        if (text === '') return
        expect(encoded(decoded(text))).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })

  test('has a generator for every primitive with a code, in every version', () => {
    const names = versions.flatMap((of) => Object.keys(carried(of)))
    expect(names.every(expressedInPts)).toBe(true)
    expect(new Set(names).size).toBe(25)
  })
})

describe('any bytes', () => {
  test('are a message or a clear refusal, and nothing worse', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.string({ unit: fc.constantFrom(...'WV12GPSIUI=(),"ab \n0'), maxLength: 60 }).map((one) => `WV12GP5 ${one}`),
      // Real messages with something cut out, doubled or put in.
      fc.tuple(ptsMessage, fc.nat(), fc.nat(20), fc.string({ maxLength: 5 })).map(([one, at, length, put]) => {
        const text = encoded(one)
        const start = at % text.length
        return text.slice(0, start) + put + text.slice(start + length)
      }),
    )
    fc.assert(
      fc.property(bytes, (one) => {
        expect(['accepted', 400]).toContain(refusal(one))
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    ['nothing', ''],
    ['another text', 'hello'],
    ['no transaction id', 'WV12GL SI=abc'],
    ['no transaction code', 'WV12 5 SI=abc'],
    ['three digits of version', 'WV121GL5 SI=abc'],
    ['something behind the id', 'WV12GL5abc'],
    ['an id without end', `WV12GL${'1'.repeat(60)}`],
    ['a quoted string that is not closed', 'WV12LR5 UI="ann'],
    ['a group that is not closed', 'WV12GP5 UI=(ann,bob'],
    ['a group within a group that is not closed', 'WV12GP5 UI=((ann),bob'],
    ['text after a quoted string', 'WV12LR5 UI="ann"x'],
    ['text after a group', 'WV12GP5 UI=(ann)x'],
    ['groups 21 deep', `WV12GP5 UI=${'('.repeat(21)}a${')'.repeat(21)}`],
    ['more parameters than there are', `WV12GP5 ${'UI=x '.repeat(1000)}`],
    ['more members of a group than any list has', `WV12GP5 UI=(${'a,'.repeat(70_000)}a)`],
    ['more members in the groups of all lines', `WV12GP5 UI=(${'a,'.repeat(700)}a)\n`.repeat(100)],
    ['more lines than anybody answers', 'WV12GL5\n'.repeat(1001)],
    ['more segments than there are', 'WV12GL5ab x\n'.repeat(300)],
    ['another text on the next line', 'WV12GL5 SI=abc\nhello'],
    ['lines of two versions', 'WV12GL5 SI=abc\nWV13GL6 SI=abc'],
    ['lines of two sessions', 'WV12GL5 SI=abc\nWV12GL6 SI=def'],
    ['bytes that are not UTF-8', Buffer.from([...Buffer.from('WV12LR5 UI='), 0xff])],
  ])('are refused with 400: %s', (_, text) => {
    expect(refusal(text)).toBe(400)
  })

  test('in a charset that there is not are refused', () => {
    expect(refusal('WV12GL5', 'utf-99')).toBe(400)
  })

  test('1 MB of hostile ones takes no time that grows with their square', () => {
    const size = 1_000_000
    const hostile = ['(', '"', '""', 'SI=abc ', '\n', ' ', 'a', '(),', 'WV12GP5\n', 'WV12GP5ab x\n'].map(
      (one) => `WV12GP5 UI=(${one.repeat(size / one.length)}`,
    )
    const start = process.cpuUsage()
    for (const one of [...hostile, `WV12GP5ab ${'WV12GP5ab x\n'.repeat(size / 12)}`]) refusal(one)
    const { user } = process.cpuUsage(start)
    expect(user / 1000).toBeLessThan(2000)
  })
})

describe('the envelope', () => {
  test.each([
    ['11', '1.1'],
    ['12', '1.2'],
    ['13', '1.3'],
    ['10', 'unsupported'],
    ['20', 'unsupported'],
    ['XX', 'unsupported'],
    ['xx', 'unsupported'],
  ])('%s is version %s', (digits, version) => {
    expect(decoded(`WV${digits}GL5 SI=abc`).version).toBe(version)
  })

  test('of an unsupported version is answered in the highest', () => {
    const { version, session } = decoded('WVXXGL5 SI=abc')
    const status = element('Status', { Result: { Code: 505, Description: 'Version not supported' } })
    expect(encoded(holding(status, { version, session }))).toBe('WV13ST5 SI=abc ST=(505,"Version not supported")')
  })

  test('names the session by SI, and is Outband without', () => {
    expect(decoded('WV12GL5 SI=abc').session).toEqual({ type: 'Inband', id: 'abc' })
    expect(decoded('WV12GL5').session).toEqual({ type: 'Outband' })
    expect(decoded('WV12GL5 SI=').session).toEqual({ type: 'Outband' })
  })

  test('of a Login-Request with SI asks for that session, as form A does (R1)', () => {
    const { session, transactions } = decoded('WV12LR5 SI=abc UI=wv:ann PW=secret')
    expect(session).toEqual({ type: 'Inband', id: 'abc' })
    expect(transactions[0]!.primitive.child('SessionID')).toBeUndefined()
  })

  test('of a Login-Request in form B has the same SI', () => {
    const request = element('Login-Request', { UserID: 'wv:ann', SessionID: 'abc' })
    expect(encoded(holding(request, { session: { type: 'Outband' } }))).toBe('WV13LR5 SI=abc UI=wv:ann')
  })

  test('of a Login-Response has the SessionID of the primitive, once, whatever the SessionDescriptor says (R15)', () => {
    const granted = element('Login-Response', { Result: { Code: 200 }, SessionID: 'abc' })
    const refused = element('Login-Response', { Result: { Code: 604 } })
    expect(encoded(holding(granted))).toBe('WV13RL5 SI=abc ST=200')
    expect(encoded(holding(refused))).toBe('WV13RL5 ST=604')
    const { session, transactions } = decoded('WV13RL5 SI=abc ST=200')
    expect(session).toEqual({ type: 'Outband' })
    expect(transactions[0]!.primitive.textOf('SessionID')).toBe('abc')
  })

  test.each(['0', '7', '999', '1000', '007'])('repeats the TransactionID %s as it is', (id) => {
    const [transaction] = decoded(`WV12GL${id} SI=abc`).transactions
    expect(transaction!.id).toBe(id)
    expect(encoded(holding(element('Status', { Result: { Code: 200 } }), {}, id))).toBe(`WV13ST${id} SI=abc ST=200`)
  })

  test('has 0 for an id that is no number, and for none', () => {
    expect(encoded(holding(element('GetList-Request'), {}, 'nok#1'))).toBe('WV13GL0 SI=abc')
    expect(encoded(holding(element('Polling-Request'), {}, ''))).toBe('WV13PO0 SI=abc')
  })

  test('of a Polling-Request has no TransactionID', () => {
    expect(decoded('WV12PO0 SI=abc').transactions).toEqual([{ mode: 'Request', primitive: element('Polling-Request') }])
  })

  test('has a line for each transaction, with line breaks of their own in quotes', () => {
    const text = 'WV12UP5 SI=abc UV=((ST,T,"one\ntwo"))\nWV12GL6 SI=abc\r\n\r\nWV12PO0\n'
    const { session, transactions } = decoded(text)
    expect(session.id).toBe('abc')
    expect(transactions.map(({ id, primitive }) => [id, primitive.name])).toEqual([
      ['5', 'UpdatePresence-Request'],
      ['6', 'GetList-Request'],
      [undefined, 'Polling-Request'],
    ])
    expect(transactions[0]!.primitive.find('PresenceSubList', 'StatusText')!.textOf('PresenceValue')).toBe('one\ntwo')
  })

  test('says nothing of Poll and CIR', () => {
    const status = element('Status', { Result: { Code: 200 } })
    expect(encoded(holding(status, { poll: true, cir: 'F' }))).toBe('WV13ST5 SI=abc ST=200')
  })

  test('is known by its content type, and by its first letters', () => {
    expect(chooseCodec('application/vnd.wv.csp.sms', Buffer.from('')).codec.encoding).toBe('PTS')
    expect(chooseCodec('', Buffer.from('wv12PO0 SI=abc')).codec.encoding).toBe('PTS')
  })

  test('in another charset is read in that', () => {
    expect(
      decoded(Buffer.from('WV12UP5 UV=((ST,T,\u00e9))', 'latin1'), 'iso-8859-1').transactions[0]!.primitive,
    ).toEqual(
      element('UpdatePresence-Request', {
        PresenceSubList: { StatusText: { Qualifier: 'T', PresenceValue: '\u00e9' } },
      }),
    )
  })
})

describe('what has no code', () => {
  test('is on receipt a primitive that nobody knows', () => {
    const [transaction] = decoded('WV12SM5 SI=abc XX=(1,2)').transactions
    expect(transaction).toEqual({ mode: 'Request', id: '5', primitive: element('SM') })
  })

  test.each(['constructor', 'toString', '__proto__'])('a parameter %s is let pass', (code) => {
    expect(decoded(`WV12GL5 ${code}=x SI=abc`).transactions[0]!.primitive).toEqual(element('GetList-Request'))
  })

  test('is answered by a Status', () => {
    const blocked = element('GetBlockedList-Response', { BlockList: '' })
    expect(encoded(holding(blocked))).toBe('WV13ST5 SI=abc ST=(501,"Not implemented")')
    const created = element('CreateList-Response', { ContactList: 'wv:ann/friends' })
    expect(encoded(holding(created))).toBe('WV13ST5 SI=abc ST=(200,Successful)')
  })

  test('is not sent as a request', () => {
    expect(encoded(holding(element('PresenceAuth-Request', { UserID: 'wv:bob' })))).toBe('')
    expect(expressedInPts('PresenceAuth-Request')).toBe(false)
    expect(expressedInPts('NewMessage')).toBe(false)
    expect(expressedInPts('PresenceNotification-Request')).toBe(true)
    expect(expressedInPts('Disconnect')).toBe(true)
  })

  test('is version discovery', () => {
    const content = element('WV-CSP-VersionDiscovery-Response')
    expect(Buffer.from(encodePts({ kind: 'discovery', version: '1.2', content })).toString()).toBe(
      'WV12ST0 ST=(501,"Not implemented")',
    )
  })
})
