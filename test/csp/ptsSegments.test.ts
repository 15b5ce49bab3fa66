import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CspError, NotCspError } from '../../src/csp/cspError.ts'
import { Element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { decodePts } from '../../src/csp/pts/decode.ts'
import { encodePts } from '../../src/csp/pts/encode.ts'
import { joinSegments, parseSegment, segmentsOf } from '../../src/csp/pts/segments.ts'
import { ptsMessage } from './ptsArbitraries.ts'

const message = 'WV12GP5 SI=abc UI=(wv:ann@im.com,wv:bob@im.com)'

describe('a message that is cut', () => {
  test('has the header in each segment, and letters that number them', () => {
    expect(segmentsOf(message, 24)).toEqual([
      'WV12GP5ac SI=abc UI=(wv:',
      'WV12GP5bc ann@im.com,wv:',
      'WV12GP5cc bob@im.com)',
    ])
  })

  test('is itself when it is short enough', () => {
    expect(segmentsOf(message, message.length)).toEqual([message])
  })

  test('has 26 segments at most', () => {
    const long = `WV12GP5 ${'x'.repeat(26)}`
    expect(segmentsOf(long, 11)).toHaveLength(26)
    expect(segmentsOf(long, 11).at(-1)).toBe('WV12GP5zz x')
    expect(() => segmentsOf(`${long}x`, 11)).toThrow(CspError)
    expect(() => segmentsOf(long, 5)).toThrow(CspError)
    expect(() => segmentsOf('WV12GP5', 5)).toThrow(CspError)
  })

  test('is cut between characters', () => {
    const segments = segmentsOf('WV12UP5 UV=((ST,T,\u{1F600}\u{1F600}))', 21)
    expect(segments.every((one) => one.isWellFormed() && one.length <= 21)).toBe(true)
  })

  test('is not cut behind a line break of its own, which would be lost', () => {
    const text = 'WV12UP5 UV=((ST,T,"one\r\n\rtwo\nthree\r"))'
    for (let limit = 16; limit < text.length; limit++) {
      const segments = segmentsOf(text, limit)
      expect(decodePts(Buffer.from(segments.join('\n')))).toEqual(decodePts(Buffer.from(text)))
      expect(joinSegments(segments.map(parseSegment))).toBe(text)
    }
  })

  test('of any length is the same when it is put together, in any order', () => {
    fc.assert(
      fc.property(ptsMessage, fc.integer({ min: 20, max: 80 }), fc.boolean(), (one, limit, isReversed) => {
        const whole = { ...one, transactions: one.transactions.slice(0, 1) }
        const text = Buffer.from(encodePts(whole)).toString()
        // A slice is shorter where it must not end.
        fc.pre(text.length / (limit - 18) < 20 && limit > 24)
        const segments = segmentsOf(text, limit)
        expect(segments.every(({ length }) => length <= limit)).toBe(true)
        const ordered = isReversed ? segments.toReversed() : segments
        expect(decodePts(Buffer.from(ordered.join('\n')))).toEqual(decodePts(Buffer.from(text)))
      }),
      { numRuns: 500 },
    )
  })
})

describe('segments', () => {
  test('are taken apart', () => {
    expect(parseSegment('wv12gp5BD x y')).toEqual({
      ...{ header: 'WV12GP5', version: '1.2', code: 'GP', id: '5', index: 1, last: 3, slice: 'x y' },
    })
  })

  test('that hold spaces at their ends keep them', () => {
    const text = 'WV12GP5bb UI=bob\nWV12GP5ab SI=abc '
    const { session, transactions } = decodePts(Buffer.from(text)) as SessionMessage
    expect(session.id).toBe('abc')
    expect(transactions[0]!.primitive.find('User', 'UserID')?.text).toBe('bob')
  })

  test('that came twice count once', () => {
    const [one, two] = segmentsOf(message, 40)
    expect(joinSegments([two!, one!, two!].map(parseSegment))).toBe(message)
  })

  test.each([
    ['one is missing', 'WV12GP5ac SI=abc\nWV12GP5cc UI=bob', /a segment is missing/],
    ['of two lengths', 'WV12GP5ab SI=abc\nWV12GP5bc UI=bob', /different messages/],
    ['one is after the last', 'WV12GP5ba SI=abc', /after the last/],
    ['one is among whole messages', 'WV12GP5 UI=bob\nWV12GP5ab SI=abc', /among whole messages/],
  ])('are refused when %s', (_, text, why) => {
    expect(() => decodePts(Buffer.from(text))).toThrow(NotCspError)
    expect(() => decodePts(Buffer.from(text))).toThrow(why)
  })

  test('of which there is one are a message', () => {
    expect(decodePts(Buffer.from('WV12GL5aa SI=abc'))).toEqual(decodePts(Buffer.from('WV12GL5 SI=abc')))
  })

  test('of other messages are not joined', () => {
    const of =
      (...texts: string[]) =>
      () =>
        joinSegments(texts.map(parseSegment))
    expect(of('WV12GP5ab a', 'WV12GP6bb b')).toThrow(/different messages/)
    expect(of()).toThrow(/missing/)
    expect(of('WV12GP5ab a', 'WV12GP5bb b')()).toBe('WV12GP5 ab')
  })

  test('that come alone are a request that no service knows, outside of any session', () => {
    const { session, transactions } = decodePts(Buffer.from('WV12GP5ab SI=secret UI=b')) as SessionMessage
    expect(session).toEqual({ type: 'Outband' })
    expect(transactions).toEqual([{ mode: 'Request', id: '5', primitive: new Element('Segment') }])
  })
})
