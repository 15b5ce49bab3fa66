import { createHash } from 'node:crypto'
import type { Challenge } from '../accounts/account.ts'
import { chooseSchema, nonceLife, type Schema, schemaOfDigest } from '../accounts/digests.ts'
import { CspError } from '../csp/cspError.ts'
import type { Village } from '../village.ts'
import type { LoginRequest } from './loginRequest.ts'

const challenged = ({ user, client, cookie }: LoginRequest) => ({ user: user ?? ' ', client, cookie })

/** @throws CspError 543 when the client offers nothing that can be checked */
export function schemaFor(login: LoginRequest, fourWayLogin: boolean): Schema {
  const schema = chooseSchema(login.schemas, fourWayLogin)
  if (!schema) throw new CspError(543)
  return schema
}

/** What a client is asked for: a schema and, unless the password is wanted in clear, a nonce. */
export interface Demand {
  readonly schema: Schema
  readonly nonce?: string
}

const digestTag = (digestBytes: string) => createHash('sha256').update(digestBytes).digest('base64url').slice(0, 12)

/** How many missed answers in a row are told from wrong passwords. */
const staleMax = 8

/** A fresh challenge; its nonce is remembered for two minutes. */
export async function newChallenge(
  village: Village,
  login: LoginRequest,
  schema: Schema,
  stale: readonly string[] = [],
): Promise<Demand> {
  if (schema === 'PWD') return { schema }
  const nonce = Buffer.from(village.random(16)).toString('hex')
  const challenge = { nonce, schema, validUntil: village.now() + nonceLife, ...(stale.length > 0 && { stale }) }
  await village.store.accounts.saveChallenge(challenged(login), challenge)
  return { schema, nonce }
}

/**
 * The challenge that DigestBytes answer. It is taken away before anything is compared, so that it can be answered once.
 * DigestBytes for a nonce that is spent, expired or unknown are no wrong password but a reason for a new challenge (R5b);
 * so are those that were sent for an earlier one already, by a phone that has missed our answer.
 *
 * @throws CspError 543 when they are of no schema that can be checked
 */
export async function takeChallenge(
  village: Village,
  login: LoginRequest,
  digestBytes: string,
): Promise<Challenge | { ask: Demand }> {
  const { fourWayLogin } = village.settings
  if (!fourWayLogin) return { ask: await newChallenge(village, login, schemaAgain(login, digestBytes, false)) }
  const challenge = await village.store.accounts.consumeChallenge(challenged(login))
  const tag = digestTag(digestBytes)
  const stale = challenge?.stale ?? []
  if (challenge && village.now() < challenge.validUntil && !stale.includes(tag)) return challenge
  const schema = challenge?.schema ?? schemaAgain(login, digestBytes, true)
  const known = [...stale.filter((one) => one !== tag), tag].slice(-staleMax)
  return { ask: await newChallenge(village, login, schema, known) }
}

/** The schema of a new challenge for DigestBytes whose nonce is not known: from what is offered, else from their length. */
function schemaAgain(login: LoginRequest, digestBytes: string, fourWayLogin: boolean): Schema {
  if (login.schemas.length > 0) return schemaFor(login, fourWayLogin)
  const schema = schemaOfDigest(digestBytes)
  if (!fourWayLogin || !schema) throw new CspError(543)
  return schema
}
