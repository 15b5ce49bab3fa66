import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { SealedPassword } from './account.ts'

/** The sealing keys: 32 bytes each, by id; new records use the current one, old ones name theirs. */
export interface SealingKeys {
  readonly current: string
  readonly keys: Readonly<Record<string, Uint8Array>>
}

/** Where the keys come from; read once, at first need. */
export type SealingKeySource = () => Promise<SealingKeys>

const algorithm = 'aes-256-gcm'

/** Binds a sealed password to its account, so that it cannot be moved to another. */
const binding = (accountId: string) => Buffer.from(`village password ${accountId}`)

/** @param random gives that many random bytes */
export function seal(
  password: string,
  accountId: string,
  { current, keys }: SealingKeys,
  random: (bytes: number) => Uint8Array,
): SealedPassword {
  const iv = random(12)
  const cipher = createCipheriv(algorithm, keys[current]!, iv).setAAD(binding(accountId))
  const data = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()])
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return { keyId: current, iv: text(iv), data: text(data), tag: text(cipher.getAuthTag()) }
}

/** @throws Error when the key is not there or the record is not this account's */
export function unseal({ keyId, iv, data, tag }: SealedPassword, accountId: string, { keys }: SealingKeys): string {
  const key = keys[keyId]
  if (!key) throw new Error(`There is no sealing key with the id ${keyId}`)
  const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64')).setAAD(binding(accountId))
  decipher.setAuthTag(Buffer.from(tag, 'base64'))
  return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8')
}

/** Keys as they are kept: `{"current":"k1","keys":{"k1":"<BASE64 of 32 bytes>"}}`. @throws Error when they are not that */
export function parseSealingKeys(text: string): SealingKeys {
  const { current, keys } = parseWithoutQuoting(text)
  const decoded = Object.fromEntries(Object.entries(keys).map(([id, key]) => [id, Buffer.from(key, 'base64')]))
  for (const [id, key] of Object.entries(decoded)) {
    if (key.length !== 32) throw new Error(`The sealing key ${id} has ${key.length} bytes instead of 32`)
  }
  if (!decoded[current]) throw new Error('The current sealing key is missing')
  return { current, keys: decoded }
}

/** A parser's own message would quote what it could not read, and so a part of a key. */
function parseWithoutQuoting(text: string): { current: string; keys: Record<string, string> } {
  try {
    const { current, keys } = JSON.parse(text)
    if (typeof current === 'string' && typeof keys === 'object' && keys !== null) return { current, keys }
  } catch {
    // Told below.
  }
  throw new Error('The sealing keys are not in the form {"current": …, "keys": …}')
}

/** A fresh set with one key, as it is kept. @param random gives that many random bytes */
export function newSealingKeys(random: (bytes: number) => Uint8Array): string {
  const id = `k${Buffer.from(random(4)).toString('hex')}`
  return JSON.stringify({ current: id, keys: { [id]: Buffer.from(random(32)).toString('base64') } })
}
