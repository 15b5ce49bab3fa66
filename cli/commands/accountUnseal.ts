import { unsealAccount } from '../../src/accounts/lifecycle.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'

export const accountUnseal: Command = {
  name: 'account unseal',
  usage: '',
  takes: [0, 0],
  summary: 'removes the passwords that were kept for 4-way login, after it was switched off',
  details: [
    'Wants IMPS_FOUR_WAY_LOGIN=off, as in the deployment. The passwords themselves go on working in a 2-way login.',
    'For 4-way login to work again each password has to be set anew.',
  ],
  async run({ village }) {
    if (village.settings.fourWayLogin) throw new CommandError('4-way login is on. Set IMPS_FOUR_WAY_LOGIN=off first.')
    let unsealed = 0
    for await (const account of village.store.accounts.all()) {
      if (!account.sealed) continue
      await unsealAccount(village, account)
      unsealed++
    }
    return {
      data: { unsealed },
      lines: [`${unsealed} sealed ${unsealed === 1 ? 'password was' : 'passwords were'} removed.`],
    }
  },
}
