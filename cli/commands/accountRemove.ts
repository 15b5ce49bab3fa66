import { removeAccount } from '../../src/accounts/lifecycle.ts'
import type { Command } from '../command.ts'
import { findAccount } from '../names.ts'

export const accountRemove: Command = {
  name: 'account remove',
  usage: 'NAME',
  takes: [1, 1],
  summary: 'removes an account and all that is stored about it; it cannot be undone',
  async run({ village }, { args }) {
    const account = await findAccount(village, args[0]!)
    await removeAccount(village, account)
    return { data: { name: account.user, removed: true }, lines: [`${account.user} was removed.`] }
  },
}
