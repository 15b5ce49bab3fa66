import { describe, expect, test } from 'vitest'
import {
  grantKeepAlive,
  needsTouch,
  retentionWindow,
  slack,
  spansOf,
  touched,
  windowEnd,
} from '../../src/session/retention.ts'
import { phase } from '../../src/session/session.ts'
import { loadSettings } from '../../src/settings.ts'

const { settings } = loadSettings({})
const now = Date.UTC(2026, 0, 1)

describe('the window of an ended session (R8)', () => {
  test.each([
    [1, 5],
    [30, 150],
    [600, 3000],
    [7200, 36000],
    [17279, 86395],
    [17280, 86400],
    [17281, 86400],
    [604800, 86400],
  ])('for a Keep-Alive-Time of %i s is %i s: five times as much, at most 24 hours', (keepAliveTime, window) => {
    expect(retentionWindow(keepAliveTime, settings.retention)).toBe(window)
  })

  test('follows the factor and the cap of the operator, in whole seconds rounded up', () => {
    expect(retentionWindow(31, { factor: 1.5, max: 86400 })).toBe(47)
    expect(retentionWindow(31, { factor: 100, max: 60 })).toBe(60)
  })

  test('begins at the keep-alive deadline of the last stored request, and at the moment of a logout', () => {
    const spans = spansOf(600, settings)
    const times = touched(now, spans)
    expect(times.liveUntil).toBe(now + (600 + 120) * 1000)
    expect(times.expiresAt).toBe(now / 1000 + 600 + 120 + 3000)
    expect(windowEnd(now + 5000, spans)).toBe(now / 1000 + 5 + 3000)
  })

  test('ends at a whole second, rounded up (R9)', () => {
    const spans = spansOf(600, settings)
    expect(touched(now + 1, spans).expiresAt).toBe(now / 1000 + 1 + 600 + 120 + 3000)
    expect(windowEnd(now + 1, spans)).toBe(now / 1000 + 1 + 3000)
  })
})

describe('slack', () => {
  test.each([
    [1, 1],
    [4, 1],
    [30, 6],
    [31, 7],
    [600, 120],
    [1500, 300],
    [7200, 300],
  ])('for a Keep-Alive-Time of %i s is %i s', (keepAliveTime, seconds) => {
    expect(slack(keepAliveTime)).toBe(seconds)
  })

  test('is as long as a request need not be stored, so that no client is cut early', () => {
    for (const keepAliveTime of [1, 30, 600, 7200]) {
      const spans = spansOf(keepAliveTime, settings)
      const stored = { ...spans, ...touched(now, spans) }
      const lastUnstored = now + slack(keepAliveTime) * 1000
      expect(needsTouch(lastUnstored, stored)).toBe(false)
      expect(needsTouch(lastUnstored + 1, stored)).toBe(true)
      expect(stored.liveUntil).toBeGreaterThanOrEqual(lastUnstored + keepAliveTime * 1000)
    }
  })
})

test('a TimeToLive is granted within the range of the operator', () => {
  const range = { min: 30, default: 600, max: 7200 }
  expect([1, 30, 31, 7200, 7205, 1e12].map((asked) => grantKeepAlive(asked, range))).toEqual([
    30, 30, 31, 7200, 7200, 7200,
  ])
})

describe('the phase of a session', () => {
  const session = { state: 'live' as const, liveUntil: now, expiresAt: now / 1000 + 100 }

  test('is live until its deadline and overdue from it on', () => {
    expect(phase(now - 1, session)).toBe('live')
    expect(phase(now, session)).toBe('overdue')
  })

  test('is gone from the end of its window on, deleted or not (R9)', () => {
    expect(phase(now + 99_999, session)).toBe('overdue')
    expect(phase(now + 100_000, session)).toBe('gone')
    expect(phase(now + 99_999, { ...session, state: 'ended' })).toBe('ended')
    expect(phase(now + 100_000, { ...session, state: 'ended' })).toBe('gone')
    expect(phase(now + 99_999, { ...session, state: 'ending' })).toBe('ending')
  })
})
