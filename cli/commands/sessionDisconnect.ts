import { endSession } from '../../src/session/ending.ts'
import type { Session } from '../../src/session/session.ts'
import type { Village } from '../../src/village.ts'
import type { Command, Input } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { sessionName } from '../facts.ts'
import { count } from '../format.ts'
import { findAccount } from '../names.ts'
import { findSession, isLive, sessionsOf } from '../sessions.ts'

export const sessionDisconnect: Command = {
  name: 'session disconnect',
  usage: 'ID | --user NAME',
  takes: [0, 1],
  summary: 'ends a session, or all of a user; they can be re-established within their window',
  details: ['To keep a user out: account disable NAME.'],
  options: { user: { value: 'NAME', help: 'every live session of this user' } },
  async run({ village }, input) {
    const ended: string[] = []
    for (const session of await chosenSessions(village, input)) {
      // One that has ended since is what was wanted.
      if (await endSession(village, session, 'disconnect')) ended.push(sessionName(session.id, false))
    }
    return { data: { disconnected: ended }, lines: [`${count(ended.length, 'session')} disconnected.`] }
  },
}

async function chosenSessions(village: Village, { args, text }: Input): Promise<Session[]> {
  const [id] = args
  const user = text('user')
  if ((id === undefined) === (user === undefined)) {
    throw new UsageError('Name one session by its id, or all of a user with --user NAME.')
  }
  if (user !== undefined) {
    const account = await findAccount(village, user)
    const live = (await sessionsOf(village, account.user)).filter((one) => isLive(village, one))
    if (live.length === 0) throw new CommandError(`${account.user} has no live session.`)
    return live
  }
  const session = await findSession(village, id!)
  if (!isLive(village, session)) throw new CommandError('That session has ended already.')
  return [session]
}
