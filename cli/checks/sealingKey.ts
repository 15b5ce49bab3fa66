import { unseal } from '../../src/accounts/sealing.ts'
import type { Connection } from '../connection.ts'
import type { Check } from './index.ts'

/** The sealing key: whether it can be read, and opens what was sealed. */
export async function checkSealingKey({ village, loaded: { place } }: Connection): Promise<Check[]> {
  const check = 'sealing key'
  if (!village.settings.fourWayLogin) return [{ check, status: 'ok', detail: '4-way login is off: none is needed' }]
  if (!place.sealingKeyFile && !place.sealingKeyParameter) {
    return [
      {
        check,
        status: 'warn',
        detail: 'not looked at: --key-parameter NAME (or IMPS_SEALING_KEY_PARAMETER) says where it is',
      },
    ]
  }
  const keys = await village.sealingKeys()
  const tried = new Set<string>()
  for await (const { sealed, accountId } of village.store.accounts.all()) {
    // One record of each key shows whether that key is there and is the right one.
    if (!sealed || tried.has(sealed.keyId)) continue
    tried.add(sealed.keyId)
    try {
      unseal(sealed, accountId, keys)
    } catch {
      const detail = `${sealed.keyId} is missing or is not the one that accounts were sealed with: their 4-way logins fail`
      return [{ check, status: 'fail', detail }]
    }
  }
  const opened = tried.size === 0 ? 'nothing is sealed yet' : 'opens what is sealed'
  return [{ check, status: 'ok', detail: `can be read; ${opened}` }]
}
