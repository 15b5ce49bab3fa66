import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { systemMessage as kind } from '../../src/delivery/systemMessage.ts'
import type { Session } from '../../src/session/session.ts'
import type { Village } from '../../src/village.ts'
import type { Command, Input } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { count } from '../format.ts'
import { findAccount } from '../names.ts'
import { allSessions, isLive, sessionsOf } from '../sessions.ts'

/** Characters that a phone's screen and parser can be expected to take. */
const longest = 2000

export const systemMessage: Command = {
  name: 'system-message',
  usage: 'NAME TEXT | --all TEXT',
  takes: [1, 2],
  summary: "sends the operator's words to the live sessions of a user, or of everybody",
  details: ['A client gets it with its next poll. Who is not logged in does not get it: nothing is stored for later.'],
  options: { all: { help: 'every live session' } },
  async run({ village }, input) {
    const { recipient, text } = addressed(input)
    const live = (await sessionsFor(village, recipient)).filter((one) => isLive(village, one))
    if (live.length === 0) {
      throw new CommandError(`${recipient ? `${recipient} has no` : 'Nobody has a'} live session: nothing was sent.`)
    }
    const data = { id: Buffer.from(village.random(9)).toString('base64url'), text, at: village.now() }
    let sent = 0
    for (const session of live) {
      if ((await openServerTransaction(village, session, kind.kind, data)) !== undefined) sent++
    }
    if (sent === 0) throw new CommandError('No session could take it: ended meanwhile, or its queue is full.')
    return { data: { sessions: sent }, lines: [`Sent to ${count(sent, 'session')}.`] }
  },
}

/** @throws UsageError when it is not clear to whom, or the text cannot be sent */
function addressed({ args, isSet }: Input): { recipient?: string; text: string } {
  const toAll = isSet('all')
  if (args.length !== (toAll ? 1 : 2)) {
    throw new UsageError('Write a name and a text, or --all and a text; a text with spaces stands in quotes.')
  }
  const text = args.at(-1)!
  if (text.trim() === '') throw new UsageError('The text is empty.')
  if (text.length > longest) throw new UsageError(`The text is longer than ${longest} characters.`)
  // XML has no way to say them.
  if (/[^\P{Cc}\t\n\r]|\p{Cs}/u.test(text))
    throw new UsageError('The text has characters in it that no phone can show.')
  return toAll ? { text } : { recipient: args[0]!, text }
}

async function sessionsFor(village: Village, recipient: string | undefined): Promise<Session[]> {
  if (recipient === undefined) return allSessions(village)
  return sessionsOf(village, (await findAccount(village, recipient)).user)
}
