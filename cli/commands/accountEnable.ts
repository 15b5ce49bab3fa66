import { enableAccount } from '../../src/accounts/lifecycle.ts'
import type { Command } from '../command.ts'
import { findAccount } from '../names.ts'

export const accountEnable: Command = {
  name: 'account enable',
  usage: 'NAME',
  takes: [1, 1],
  summary: 'lets a disabled account in again, and lifts a lock',
  async run({ village }, { args }) {
    const account = await findAccount(village, args[0]!)
    await enableAccount(village, account)
    return { data: { name: account.user, enabled: true }, lines: [`${account.user} is enabled.`] }
  },
}
