import { userEntry } from '../../src/search/userDirectory.ts'
import type { Command } from '../command.ts'
import { accountFacts, directoryFacts, lockedUntil, sessionFacts } from '../facts.ts'
import { pairs } from '../format.ts'
import { findAccount } from '../names.ts'
import { sessionLines } from '../sessionLines.ts'
import { sessionsOf } from '../sessions.ts'

export const accountShow: Command = {
  name: 'account show',
  usage: 'NAME',
  takes: [1, 1],
  summary: 'shows an account, whether it is locked, and its sessions',
  async run({ village }, { args }) {
    const account = await findAccount(village, args[0]!)
    const facts = {
      ...accountFacts(village, account),
      lockedUntil: (await lockedUntil(village, account.user)) ?? null,
      ...directoryFacts(await userEntry(village, account)),
    }
    const sessions = (await sessionsOf(village, account.user)).map((one) => sessionFacts(village, one, false))
    return { data: { account: facts, sessions }, lines: [...pairs(facts), '', ...sessionLines(sessions)] }
  },
}
