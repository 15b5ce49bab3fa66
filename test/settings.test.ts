import { describe, expect, test } from 'vitest'
import { loadSettings, SettingError } from '../src/settings.ts'

describe('settings', () => {
  test('have the defaults of the manual', () => {
    const { settings, warnings } = loadSettings({})
    expect(warnings).toEqual([])
    expect(settings).toMatchObject({
      domain: 'localhost',
      keepAlive: { min: 30, default: 600, max: 7200 },
      retention: { factor: 5, max: 86400 },
      sessionReestablishment: true,
      bearerChange: true,
      serverPollMin: 30,
      maxRequestBytes: 262144,
      transactionsPerMessageMax: 10,
      fourWayLogin: true,
      hideUnknownUsers: false,
    })
  })

  test.each([
    ['IMPS_RETENTION_FACTOR', '0'],
    ['IMPS_RETENTION_FACTOR', '-1'],
    ['IMPS_RETENTION_FACTOR', 'five'],
    ['IMPS_RETENTION_MAX_SECONDS', '0'],
    ['IMPS_RETENTION_MAX_SECONDS', '-86400'],
    ['IMPS_KEEP_ALIVE_MIN_SECONDS', '0'],
    ['IMPS_KEEP_ALIVE_DEFAULT_SECONDS', '1'],
    ['IMPS_KEEP_ALIVE_MAX_SECONDS', '1.5'],
    ['IMPS_SESSION_REESTABLISHMENT', 'yes'],
    ['IMPS_SERVICES_DISABLED', 'GETSPI,NONSENSE'],
    ['IMPS_SERVICES_DISABLED', 'MF'],
    ['IMPS_DOMAIN', 'not a domain'],
    ['IMPS_PORT', '70000'],
    ['IMPS_MAX_REQUEST_BYTES', '1e6'],
    ['IMPS_DYNAMODB_ENDPOINT', 'localhost:8000'],
  ])('%s=%s stops the start and names itself', (name, value) => {
    expect(() => loadSettings({ [name]: value })).toThrow(SettingError)
    expect(() => loadSettings({ [name]: value })).toThrow(name)
  })

  test('an empty value is no value', () => {
    expect(loadSettings({ IMPS_DOMAIN: '', IMPS_PORT: ' ' }).effective).toMatchObject({
      IMPS_DOMAIN: 'localhost',
      IMPS_PORT: '3000',
    })
  })

  test('a factor under 5 and a cap over 24 hours warn and name the rule (R8)', () => {
    const { warnings } = loadSettings({ IMPS_RETENTION_FACTOR: '4.9', IMPS_RETENTION_MAX_SECONDS: '86401' })
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatch(/IMPS_RETENTION_FACTOR.*R8/)
    expect(warnings[1]).toMatch(/IMPS_RETENTION_MAX_SECONDS.*R8/)
  })

  test('a name that nothing reads warns', () => {
    expect(loadSettings({ IMPS_KEEPALIVE: '5', OTHER: 'x' }).warnings).toEqual([
      expect.stringContaining('IMPS_KEEPALIVE'),
    ])
  })

  test('the Keep-Alive-Time default stays within the range', () => {
    expect(loadSettings({ IMPS_KEEP_ALIVE_MAX_SECONDS: '120' }).settings.keepAlive).toEqual({
      min: 30,
      default: 120,
      max: 120,
    })
    expect(loadSettings({ IMPS_KEEP_ALIVE_MIN_SECONDS: '900' }).settings.keepAlive).toEqual({
      min: 900,
      default: 900,
      max: 7200,
    })
  })
})
