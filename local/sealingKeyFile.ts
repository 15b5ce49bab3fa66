import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { newSealingKeys } from '../src/accounts/sealing.ts'

/**
 * Makes the file with the sealing keys, readable for its owner alone, unless it is there.
 *
 * @returns true when it was made now
 */
export async function ensureSealingKeyFile(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${newSealingKeys(randomBytes)}\n`, { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
