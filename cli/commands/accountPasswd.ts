import { setPassword } from '../../src/accounts/lifecycle.ts'
import type { Command } from '../command.ts'
import { findAccount } from '../names.ts'
import { passwordDetails, passwordOption, readNewPassword } from '../password.ts'
import { ensureSealingKey } from '../sealingKey.ts'

export const accountPasswd: Command = {
  name: 'account passwd',
  usage: 'NAME [--password PASSWORD]',
  takes: [1, 1],
  summary: 'sets a new password and lifts a lock; sessions go on',
  details: [...passwordDetails, 'To throw out whoever knew the old one: session disconnect --user NAME.'],
  options: { password: passwordOption },
  async run(connection, input, terminal) {
    const { village } = connection
    const account = await findAccount(village, input.args[0]!)
    const password = await readNewPassword(input, terminal)
    // 4-way login may have been switched on since the accounts were made.
    await ensureSealingKey(connection)
    await setPassword(village, account, password)
    return { data: { name: account.user }, lines: [`${account.user} has a new password.`] }
  },
}
