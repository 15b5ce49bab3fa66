import type { Command } from '../command.ts'
import { sessionFacts } from '../facts.ts'
import { findAccount } from '../names.ts'
import { sessionLines } from '../sessionLines.ts'
import { allSessions, sessionsOf } from '../sessions.ts'

export const sessionList: Command = {
  name: 'session list',
  usage: '[NAME] [--full]',
  takes: [0, 1],
  summary: 'lists the sessions of a user, or all: live ones and those that can be re-established',
  options: { full: { help: 'with whole SessionIDs: whoever reads them can use the sessions' } },
  async run({ village }, { args, isSet }) {
    const found =
      args[0] === undefined
        ? await allSessions(village)
        : await sessionsOf(village, (await findAccount(village, args[0])).user)
    const sessions = found.map((one) => sessionFacts(village, one, isSet('full')))
    return { data: { sessions }, lines: sessionLines(sessions) }
  },
}
