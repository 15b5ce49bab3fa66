import { createHash } from 'node:crypto'
import type { Challenge, Challenges, DigestSchema } from '../accounts/account.ts'
import { chooseSchema, nonceLife, type Schema, schemaOfDigest } from '../accounts/digests.ts'
import { CspError } from '../csp/cspError.ts'
import type { Village } from '../village.ts'
import type { LoginRequest } from './loginRequest.ts'
import { toSeconds } from './retention.ts'

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

/** How many missed answers in a row are told from wrong passwords, and how many challenges are open at a time. */
const staleMax = 8
const openMax = 8

const nothingOpen: Challenges = { open: [], stale: [] }

/** A fresh challenge; its nonce is remembered for two minutes, beside others that are still open. */
export async function newChallenge(
  village: Village,
  login: LoginRequest,
  schema: Schema,
  stale: readonly string[] = [],
): Promise<Demand> {
  if (schema === 'PWD') return { schema }
  const { accounts } = village.store
  const nonce = Buffer.from(village.random(16)).toString('hex')
  const expiresAt = toSeconds(village.now() + nonceLife)
  for (let attempt = 0; attempt < 8; attempt++) {
    const found = await accounts.readChallenges(challenged(login))
    const next = withChallenge(village, found ?? nothingOpen, nonce, schema, stale)
    if (await accounts.replaceChallenges(challenged(login), next, found, expiresAt)) return { schema, nonce }
  }
  throw new CspError(503)
}

function withChallenge(
  { now }: Village,
  { open, stale, crowded }: Challenges,
  nonce: string,
  schema: DigestSchema,
  moreStale: readonly string[],
): Challenges {
  const valid = open.filter((challenge) => now() < challenge.validUntil)
  const isCrowded = valid.length >= openMax || (crowded === true && valid.length > 0)
  const kept = [...valid, { nonce, schema, validUntil: now() + nonceLife }].slice(-openMax)
  const known = [...new Set([...stale, ...moreStale])].slice(-staleMax)
  return { open: kept, stale: known, ...(isCrowded && { crowded: true }) }
}

/**
 * The challenges that DigestBytes may answer. They are taken away before anything is compared, so that each can be
 * answered once. DigestBytes for a nonce that is spent, expired or unknown are no wrong password but a reason for a new
 * challenge (R5b); so are those that were sent for an earlier one already, by a phone that has missed our answer.
 *
 * @throws CspError 543 where 4-way login is off and the client offers nothing else
 */
export async function takeChallenges(
  village: Village,
  login: LoginRequest,
  digestBytes: string,
): Promise<{ open: readonly Challenge[] } | { ask: Demand }> {
  if (!village.settings.fourWayLogin) return { ask: { schema: schemaAgain(login, digestBytes, false) } }
  const { open, stale, crowded } = (await village.store.accounts.consumeChallenges(challenged(login))) ?? nothingOpen
  const valid = open.filter((challenge) => village.now() < challenge.validUntil)
  const tag = digestTag(digestBytes)
  if (valid.length > 0 && !crowded && !stale.includes(tag)) return { open: valid }
  return {
    ask: await newChallenge(village, login, open.at(-1)?.schema ?? schemaAgain(login, digestBytes, true), [
      ...stale,
      tag,
    ]),
  }
}

/** The schema of a new challenge for DigestBytes whose nonce is not known: from what is offered, else from their length. */
function schemaAgain(login: LoginRequest, digestBytes: string, fourWayLogin: boolean): Schema {
  if (login.schemas.length > 0) return schemaFor(login, fourWayLogin)
  if (!fourWayLogin) throw new CspError(543)
  return schemaOfDigest(digestBytes) ?? 'MD5'
}
