import { addAccount } from '../../src/accounts/lifecycle.ts'
import { systemUser } from '../../src/delivery/systemMessage.ts'
import { ConditionFailed } from '../../src/store/table.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { accountFacts } from '../facts.ts'
import { parseName } from '../names.ts'
import { passwordDetails, passwordOption, readNewPassword } from '../password.ts'
import { ensureSealingKey } from '../sealingKey.ts'

export const accountAdd: Command = {
  name: 'account add',
  usage: 'NAME [--password PASSWORD]',
  takes: [1, 1],
  summary: 'adds an account',
  details: [
    ...passwordDetails,
    'On AWS the first account makes the sealing key too (see --key-parameter); it is never replaced.',
    'IMPS_FOUR_WAY_LOGIN and IMPS_DOMAIN have to be set as they are in the deployment.',
  ],
  options: { password: passwordOption },
  async run(connection, input, terminal) {
    const { village } = connection
    const user = parseName(input.args[0]!, village)
    if (user === systemUser) throw new CommandError(`The name ${systemUser} is kept for the operator's messages.`)
    if (await village.store.accounts.read(user)) throw taken(user)
    const password = await readNewPassword(input, terminal)
    const madeKey = await ensureSealingKey(connection)
    const account = await addAccount(village, user, password).catch((error) => {
      throw error instanceof ConditionFailed ? taken(user) : error
    })
    const facts = accountFacts(village, account)
    const note = madeKey
      ? [`The sealing key ${connection.loaded.place.sealingKeyParameter} was made. Keep a copy of it.`]
      : []
    return { data: { account: facts, madeSealingKey: madeKey }, lines: [`${facts.address} was added.`, ...note] }
  },
}

const taken = (user: string) => new CommandError(`There is an account ${user} already.`)
