import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { PasswordRecord } from './account.ts'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)

/** The cost of new records. */
const cost = { N: 2 ** 14, r: 8, p: 5 }
const saltBytes = 16
const hashBytes = 32
/** What scrypt may use: 128 × N × r bytes, and some. */
const maxmem = 64 * 1024 * 1024

const characters = (password: string) => password.normalize('NFC')

/** @param random gives that many random bytes */
export async function hashPassword(password: string, random: (bytes: number) => Uint8Array): Promise<PasswordRecord> {
  const salt = Buffer.from(random(saltBytes))
  const hash = await derive(characters(password), salt, hashBytes, { ...cost, maxmem })
  return { scheme: 'scrypt', ...cost, salt: salt.toString('base64'), hash: hash.toString('base64') }
}

/** A record that no password fits, so that an unknown user costs what a known one does. */
const nobody: PasswordRecord = {
  scheme: 'scrypt',
  ...cost,
  salt: Buffer.alloc(saltBytes).toString('base64'),
  hash: Buffer.alloc(hashBytes).toString('base64'),
}

/** True when the password fits. Takes its time, in another thread, whether or not there is a record. */
export async function passwordFits(password: string, record: PasswordRecord | undefined): Promise<boolean> {
  const { N, r, p, salt, hash } = record ?? nobody
  const expected = Buffer.from(hash, 'base64')
  const found = await derive(characters(password), Buffer.from(salt, 'base64'), expected.length, { N, r, p, maxmem })
  return timingSafeEqual(found, expected) && record !== undefined
}
