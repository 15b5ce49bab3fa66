import type { Command } from '../command.ts'
import { sessionFacts } from '../facts.ts'
import { pairs } from '../format.ts'
import { findSession } from '../sessions.ts'

export const sessionShow: Command = {
  name: 'session show',
  usage: 'ID [--full]',
  takes: [1, 1],
  summary: 'shows a session, named by its id or the first characters of it',
  options: { full: { help: 'with the whole SessionID: whoever reads it can use the session' } },
  async run({ village }, { args, isSet }) {
    const found = await findSession(village, args[0]!)
    const view = await village.store.sessions.view(found.id, true)
    const waiting = (view?.queue.length ?? 0) + (view?.slots.length ?? 0)
    const session = { ...sessionFacts(village, found, isSet('full')), waiting }
    return { data: { session }, lines: pairs(session) }
  },
}
