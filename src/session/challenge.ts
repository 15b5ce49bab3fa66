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

/** A schema and, unless the password is wanted in clear, a nonce that is remembered for two minutes. */
export async function newChallenge(
  village: Village,
  login: LoginRequest,
  schema: Schema,
): Promise<{ schema: Schema; nonce?: string }> {
  if (schema === 'PWD') return { schema }
  const nonce = Buffer.from(village.random(16)).toString('hex')
  await village.store.accounts.saveChallenge(challenged(login), {
    nonce,
    schema,
    validUntil: village.now() + nonceLife,
  })
  return { schema, nonce }
}

/**
 * The challenge that DigestBytes answer. It is taken away before anything is compared, so that it can be answered once.
 *
 * @returns undefined when it is spent, expired or unknown: no wrong password, but a reason for a new one (R5b)
 */
export async function takeChallenge(village: Village, login: LoginRequest): Promise<Challenge | undefined> {
  const challenge = await village.store.accounts.consumeChallenge(challenged(login))
  return challenge && village.now() < challenge.validUntil ? challenge : undefined
}

/**
 * The schema of a new challenge for DigestBytes whose nonce is not known: from what is offered, else from their length.
 *
 * @throws CspError 543 when they are of no schema that can be checked
 */
export function schemaAgain(login: LoginRequest, fourWayLogin: boolean): Schema {
  if (login.schemas.length > 0) return schemaFor(login, fourWayLogin)
  const schema = schemaOfDigest(login.digestBytes ?? '')
  if (!fourWayLogin || !schema) throw new CspError(543)
  return schema
}
