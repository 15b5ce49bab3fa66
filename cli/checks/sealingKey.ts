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
  for await (const { sealed, accountId } of village.store.accounts.all()) {
    if (!sealed) continue
    try {
      unseal(sealed, accountId, keys)
    } catch {
      return [{ check, status: 'fail', detail: 'is not the one that the accounts were sealed with: 4-way logins fail' }]
    }
    return [{ check, status: 'ok', detail: 'can be read, and opens a sealed password' }]
  }
  return [{ check, status: 'ok', detail: 'can be read; nothing is sealed yet' }]
}
