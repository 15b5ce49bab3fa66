import { sendSystemMessage } from '../../src/delivery/sendSystemMessage.ts'
import type { Session } from '../../src/session/session.ts'
import type { Village } from '../../src/village.ts'
import type { Command, Input } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { count } from '../format.ts'
import { findAccount } from '../names.ts'
import { allSessions, isLive, sessionsOf } from '../sessions.ts'

/** Characters that a phone's screen and parser can be expected to take. */
const longest = 2000

/** Answers that a message can offer, and characters of one. */
const answersMax = 10
const longestAnswer = 100

export const systemMessage: Command = {
  name: 'system-message',
  usage: '(NAME | --all) TEXT [--option TEXT …]',
  takes: [1, 2],
  summary: "sends the operator's words to the live sessions of a user, or of everybody",
  details: [
    'A client gets it with its next poll. Who is not logged in does not get it: nothing is stored for later.',
    'With options it is a question: clients of CSP 1.3 answer with one of them, and system-answers shows what they said.',
    'Clients of 1.1 and 1.2 show the options below the text, and have no way to answer.',
  ],
  options: {
    all: { help: 'every live session' },
    option: { value: 'TEXT', help: 'an answer to choose; once for each of them', repeats: true },
  },
  async run({ village }, input) {
    const { recipient, text } = addressed(input)
    const answers = answersOf(input)
    const live = (await sessionsFor(village, recipient)).filter((one) => isLive(village, one))
    if (live.length === 0) {
      throw new CommandError(`${recipient ? `${recipient} has no` : 'Nobody has a'} live session: nothing was sent.`)
    }
    const id = Buffer.from(village.random(9)).toString('hex')
    const sent = await sendSystemMessage(village, { id, text, answers }, live)
    if (sent === 0) throw new CommandError('No session could take it: ended meanwhile, or its queue is full.')
    const lines = [`Sent to ${count(sent, 'session')}.`]
    if (answers.length === 0) return { data: { sessions: sent }, lines }
    const able = live.filter(({ version }) => version === '1.3').length
    return {
      data: { sessions: sent, canAnswer: able, id },
      lines: [...lines, `${able} of CSP 1.3, which can answer.`, `To see the answers: system-answers ${id}`],
    }
  },
}

/** @throws UsageError when it is not clear to whom, or the text cannot be sent */
function addressed({ args, isSet }: Input): { recipient?: string; text: string } {
  const toAll = isSet('all')
  if (args.length !== (toAll ? 1 : 2)) {
    throw new UsageError('Write a name and a text, or --all and a text; a text with spaces stands in quotes.')
  }
  const text = args.at(-1)!
  check('text', text, longest)
  return toAll ? { text } : { recipient: args[0]!, text }
}

/** @throws UsageError for answers that cannot be sent */
function answersOf({ texts }: Input): readonly string[] {
  const answers = texts('option')
  if (answers.length === 1 || answers.length > answersMax)
    throw new UsageError(`A question has 2 to ${answersMax} options.`)
  for (const one of answers) check('option', one, longestAnswer)
  if (new Set(answers).size < answers.length) throw new UsageError('Two options are the same.')
  return answers
}

function check(what: string, text: string, most: number): void {
  if (text.trim() === '') throw new UsageError(`The ${what} is empty.`)
  if (text.length > most) throw new UsageError(`The ${what} is longer than ${most} characters.`)
  // XML has no way to say them.
  if (/[^\P{Cc}\t\n\r]|\p{Cs}/u.test(text))
    throw new UsageError(`The ${what} has characters in it that no phone can show.`)
}

async function sessionsFor(village: Village, recipient: string | undefined): Promise<Session[]> {
  if (recipient === undefined) return allSessions(village)
  return sessionsOf(village, (await findAccount(village, recipient)).user)
}
