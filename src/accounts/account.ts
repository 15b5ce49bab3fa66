/** A scrypt record: parameters and result, so that the cost can be raised without a migration. Binary as BASE64. */
export interface PasswordRecord {
  readonly scheme: 'scrypt'
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: string
  readonly hash: string
}

/** A password sealed with AES-256-GCM for digest logins, and the id of the key that opens it. Binary as BASE64. */
export interface SealedPassword {
  readonly keyId: string
  readonly iv: string
  readonly data: string
  readonly tag: string
}

export interface Account {
  /** The name: lower case, without domain. */
  readonly user: string
  /** The incarnation: random, so that a new account of the same name inherits nothing. */
  readonly accountId: string
  readonly disabled?: boolean
  readonly password: PasswordRecord
  /** Absent where 4-way login was off when the password was set. */
  readonly sealed?: SealedPassword
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly passwordSetAt: number
}

/** Wrong passwords of late: when (milliseconds) and a hash of the source address, and the lock that they led to. */
export interface Failures {
  readonly attempts: readonly { readonly at: number; readonly source: string }[]
  readonly lockedUntil?: number
}

/** A nonce that was given out and can be answered once. */
export interface Challenge {
  readonly nonce: string
  readonly schema: DigestSchema
  /** Milliseconds since 1970. */
  readonly validUntil: number
}

/** The open challenges of a user, ClientID and cookie: a phone that missed an answer asks again, and may answer either. */
export interface Challenges {
  readonly open: readonly Challenge[]
  /** DigestBytes (hashed) that answered an earlier nonce: a phone that has missed an answer sends them again. */
  readonly stale: readonly string[]
  /** More were asked for at once than are kept: which one an answer is for can no longer be told. */
  readonly crowded?: boolean
}

/** Digest schemas that can be checked. */
export type DigestSchema = 'MD5' | 'SHA'
