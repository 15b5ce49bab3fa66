import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseSchema, digestFits, offeredSchemas, schemaOfDigest } from '../../src/accounts/digests.ts'
import { addFailure, isLocked, lockWindow } from '../../src/accounts/lock.ts'
import { hashPassword, passwordFits } from '../../src/accounts/passwords.ts'
import { newSealingKeys, parseSealingKeys, seal, unseal } from '../../src/accounts/sealing.ts'
import { createRandomBytes } from '../support/random.ts'

const random = createRandomBytes('credentials')

describe('a password record', () => {
  test('is scrypt with N=2^14, r=8, p=5 and a salt of its own, and names its parameters', async () => {
    const [one, two] = [await hashPassword('pw', random), await hashPassword('pw', random)]
    expect(one).toMatchObject({ scheme: 'scrypt', N: 16384, r: 8, p: 5 })
    expect(one.salt).not.toBe(two.salt)
    expect(one.hash).not.toBe(two.hash)
    expect(await passwordFits('pw', one)).toBe(true)
    expect(await passwordFits('Pw', one)).toBe(false)
    expect(await passwordFits('pw', undefined)).toBe(false)
  })

  test('takes a character however it is composed', async () => {
    expect(await passwordFits('cafe\u0301', await hashPassword('caf\u00e9', random))).toBe(true)
  })

  test('of other parameters can still be checked, so that the cost can be raised', async () => {
    const { scryptSync } = await import('node:crypto')
    const old = {
      scheme: 'scrypt' as const,
      N: 1024,
      r: 8,
      p: 1,
      salt: 'c2FsdA==',
      hash: scryptSync('pw', 'salt', 32, { N: 1024, r: 8, p: 1 }).toString('base64'),
    }
    expect(await passwordFits('pw', old)).toBe(true)
  })

  test('that is not there costs what one that is there costs', async () => {
    const record = await hashPassword('pw', random)
    const cpu = async (of: typeof record | undefined) => {
      const before = process.cpuUsage()
      await passwordFits('wrong', of)
      return process.cpuUsage(before).user
    }
    await cpu(record)
    const times = { known: await cpu(record), unknown: await cpu(undefined) }
    expect(times.unknown).toBeGreaterThan(times.known / 4)
    expect(times.unknown).toBeLessThan(times.known * 4)
  })
})

describe('a sealed password', () => {
  const keys = parseSealingKeys(newSealingKeys(random))

  test('comes out as it went in, for its own account and with its own key only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (password) => {
        const sealed = seal(password, 'account-1', keys, random)
        expect(unseal(sealed, 'account-1', keys)).toBe(Buffer.from(password).toString('utf8'))
        expect(() => unseal(sealed, 'account-2', keys)).toThrow()
        expect(() => unseal(sealed, 'account-1', parseSealingKeys(newSealingKeys(random)))).toThrow()
      }),
      { numRuns: 50 },
    )
  })

  test('names its key, so that older ones stay readable when another is made current', () => {
    const sealed = seal('pw', 'a', keys, random)
    const [id, key] = Object.entries(keys.keys)[0]!
    const rotated = parseSealingKeys(
      JSON.stringify({
        current: 'k2',
        keys: { [id]: Buffer.from(key).toString('base64'), k2: Buffer.alloc(32, 1).toString('base64') },
      }),
    )
    expect(unseal(sealed, 'a', rotated)).toBe('pw')
    expect(seal('pw', 'a', rotated, random).keyId).toBe('k2')
  })

  test('keys of another length and a current key that is missing are refused', () => {
    expect(() => parseSealingKeys('{"current":"k","keys":{"k":"AAAA"}}')).toThrow(/32/)
    expect(() => parseSealingKeys('{"current":"k","keys":{}}')).toThrow(/current/)
  })
})

describe('digests', () => {
  const digest = (algorithm: string, text: string, encoding: BufferEncoding) =>
    createHash(algorithm).update(Buffer.from(text, encoding)).digest('base64')

  test('are BASE64 of H(nonce ‖ password)', () => {
    expect(digestFits(digest('md5', 'noncepw', 'latin1'), 'MD5', 'nonce', 'pw')).toBe(true)
    expect(digestFits(digest('sha1', 'noncepw', 'latin1'), 'SHA', 'nonce', 'pw')).toBe(true)
    expect(digestFits(digest('md5', 'noncepw', 'latin1'), 'SHA', 'nonce', 'pw')).toBe(false)
    expect(digestFits(digest('md5', 'noncePw', 'latin1'), 'MD5', 'nonce', 'pw')).toBe(false)
    expect(digestFits('', 'MD5', 'nonce', 'pw')).toBe(false)
  })

  test('take the characters of a password for ISO-8859-1 or UTF-8', () => {
    expect(digestFits(digest('md5', 'noncecafé', 'latin1'), 'MD5', 'nonce', 'café')).toBe(true)
    expect(digestFits(digest('md5', 'noncecafé', 'utf8'), 'MD5', 'nonce', 'café')).toBe(true)
  })

  test.each([
    [['MD5', 'SHA'], 'MD5'],
    [['SHA', 'MD5'], 'SHA'],
    [['PWD', 'MD5'], 'MD5'],
    [['PWD'], 'PWD'],
    [['MD4', 'MD6'], undefined],
    [[], undefined],
  ])('of the offer %j the first that can be checked is %s; the password in clear comes last', (offered, chosen) => {
    expect(chooseSchema(offered, true)).toBe(chosen)
  })

  test('are not asked for where 4-way login is off', () => {
    expect(chooseSchema(['MD5', 'PWD'], false)).toBe('PWD')
    expect(chooseSchema(['MD5'], false)).toBeUndefined()
  })

  test('are offered one an element, or with commas in 1.1', () => {
    expect(offeredSchemas(['PWD,SHA,MD4, md5'])).toEqual(['PWD', 'SHA', 'MD4', 'MD5'])
    expect(offeredSchemas(['MD5', 'SHA'])).toEqual(['MD5', 'SHA'])
  })

  test('are known by their length', () => {
    expect([16, 20, 12].map((bytes) => schemaOfDigest(Buffer.alloc(bytes).toString('base64')))).toEqual([
      'MD5',
      'SHA',
      undefined,
    ])
  })
})

describe('the lock', () => {
  const failures = (number: number, source: (count: number) => string, at: (count: number) => number) => {
    let found: ReturnType<typeof addFailure> | undefined
    for (let count = 0; count < number; count++) found = addFailure(at(count), found, source(count))
    return found
  }

  test('falls at the tenth wrong password of one source within the window, and opens after it', () => {
    expect(
      isLocked(
        0,
        failures(
          9,
          () => 'a',
          () => 0,
        ),
      ),
    ).toBe(false)
    const locked = failures(
      10,
      () => 'a',
      () => 0,
    )
    expect([isLocked(lockWindow - 1, locked), isLocked(lockWindow, locked)]).toEqual([true, false])
  })

  test('falls at the hundredth of all sources', () => {
    expect(
      isLocked(
        0,
        failures(99, String, () => 0),
      ),
    ).toBe(false)
    expect(
      isLocked(
        0,
        failures(100, String, () => 0),
      ),
    ).toBe(true)
  })

  test('does not count what is older than the window', () => {
    expect(
      isLocked(
        lockWindow,
        failures(
          10,
          () => 'a',
          (count) => (count < 9 ? 0 : lockWindow),
        ),
      ),
    ).toBe(false)
    expect(
      isLocked(
        lockWindow,
        failures(
          10,
          () => 'a',
          (count) => (count < 9 ? 1 : lockWindow),
        ),
      ),
    ).toBe(true)
  })
})
