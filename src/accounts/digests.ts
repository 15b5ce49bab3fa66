import { createHash, timingSafeEqual } from 'node:crypto'
import type { DigestSchema } from './account.ts'

const algorithms: Readonly<Record<DigestSchema, string>> = { MD5: 'md5', SHA: 'sha1' }
const lengths: Readonly<Record<number, DigestSchema>> = { 16: 'MD5', 20: 'SHA' }

/** How long a nonce can be answered, in milliseconds. */
export const nonceLife = 120_000

/** What a login can be asked for: a digest, or (`PWD`) the password in clear. */
export type Schema = DigestSchema | 'PWD'

/** The schemas of one or more DigestSchema elements: since 1.2 one in each, in 1.1 a list with commas. */
export const offeredSchemas = (texts: readonly string[]): string[] =>
  texts
    .flatMap((text) => text.split(/[\s,]+/))
    .filter(Boolean)
    .map((name) => name.toUpperCase())

/**
 * The client's first choice among what can be checked; `PWD`, the password in clear, when nothing better fits.
 * MD4 and MD6 are never chosen.
 */
export function chooseSchema(offered: readonly string[], fourWayLogin: boolean): Schema | undefined {
  const digest = offered.find((name): name is DigestSchema => Object.hasOwn(algorithms, name))
  if (fourWayLogin && digest) return digest
  return offered.includes('PWD') ? 'PWD' : undefined
}

/** The schema that DigestBytes must have been made with, by their length. */
export const schemaOfDigest = (digestBytes: string): DigestSchema | undefined =>
  lengths[Buffer.from(digestBytes, 'base64').length]

/** BASE64 of H(nonce ‖ password), the bytes put together without a separator. */
export function digest(
  schema: DigestSchema,
  nonce: string,
  password: string,
  encoding: 'latin1' | 'utf8' = 'latin1',
): Buffer {
  return createHash(algorithms[schema]).update(nonce, 'latin1').update(password, encoding).digest()
}

/**
 * True when the DigestBytes answer the nonce. Clients take the password's characters as ISO-8859-1; for a password that
 * has others UTF-8 is the only thing they can have meant, so both are tried.
 */
export function digestFits(digestBytes: string, schema: DigestSchema, nonce: string, password: string): boolean {
  const given = Buffer.from(digestBytes, 'base64')
  const fits = (['latin1', 'utf8'] as const).map((encoding) => {
    const expected = digest(schema, nonce, password, encoding)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return fits.includes(true)
}
