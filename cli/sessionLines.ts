import type { SessionFacts } from './facts.ts'
import { columns } from './format.ts'

/** Sessions for people. */
export function sessionLines(sessions: readonly SessionFacts[]): string[] {
  if (sessions.length === 0) return ['There are no sessions.']
  return columns(
    ['SESSION', 'USER', 'CLIENT', 'VERSION', 'PHASE', 'DEADLINE', 'WINDOW ENDS'],
    sessions.map((one) => [
      one.id,
      one.user,
      one.client ?? '-',
      one.version,
      one.phase,
      one.deadline ?? '-',
      one.windowEnds,
    ]),
  )
}
