import { addAccount } from '../src/accounts/lifecycle.ts'
import type { Village } from '../src/village.ts'

export interface DemoAccount {
  readonly name: string
  readonly password: string
}

const names = ['romeo', 'juliet']

/** Letters and digits that nobody takes for one another, and that a phone's keypad and a shell take as they are. */
const letters = 'abcdefghkmnpqrstuvwxyz23456789'

/** Makes accounts to try the service with. Their passwords are random: a port may be forwarded by mistake. */
export async function addDemoAccounts(village: Village): Promise<DemoAccount[]> {
  const accounts = names.map((name) => ({ name, password: easyPassword(village) }))
  for (const { name, password } of accounts) await addAccount(village, name, password)
  return accounts
}

/** Ten letters, some 49 bits: it is guessed against a lock, not against a hash. */
const easyPassword = ({ random }: Village): string =>
  Array.from(random(10), (byte) => letters[byte % letters.length]).join('')
