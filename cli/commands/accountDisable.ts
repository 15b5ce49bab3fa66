import { disableAccount } from '../../src/accounts/lifecycle.ts'
import type { Command } from '../command.ts'
import { findAccount } from '../names.ts'

export const accountDisable: Command = {
  name: 'account disable',
  usage: 'NAME',
  takes: [1, 1],
  summary: 'disconnects an account and refuses it until it is enabled again',
  async run({ village }, { args }) {
    const account = await findAccount(village, args[0]!)
    await disableAccount(village, account)
    return { data: { name: account.user, enabled: false }, lines: [`${account.user} is disabled.`] }
  },
}
