import type { InFlight, Session } from '../session/session.ts'
import type { SessionChange } from '../store/sessionItem.ts'
import { attribute, type Clause } from '../store/table.ts'
import { type ReadLogs, sentNews } from './news.ts'

/**
 * How far a session has been told of its groups when something was acknowledged or given up: the cursor of a group goes
 * up to the last entry before which nothing waits any more. What was acknowledged out of turn stands as done until then,
 * so that it is not sent again.
 *
 * @param isOver true for a TransactionID that nothing waits for any more
 * @param read what was read of the logs: behind what is for the session it may go on to what is not
 */
export function progress(
  session: Session,
  isOver: (transactionId: string) => boolean,
  read?: ReadLogs,
): Required<Pick<SessionChange, 'inFlight' | 'cursors'>> {
  const inFlight: Record<string, InFlight | undefined> = {}
  const cursors: Record<string, number> = {}
  const groupIds = new Set([...sentNews(session).map(([, { group }]) => group!), ...(read?.keys() ?? [])])
  for (const groupId of groupIds) {
    const sent = sentNews(session, groupId)
    const place = session.groups?.[groupId]
    // It has left: nothing of the group is on its way any more.
    if (!place) {
      for (const [id] of sent) inFlight[id] = undefined
      continue
    }
    const isDone = ([id, one]: [string, InFlight]) => one.done === true || isOver(id)
    const open = sent.filter((one) => !isDone(one)).map(([, { number }]) => number!)
    const reached = reachedOf(place.cursor, sent.filter(isDone), open, read?.get(groupId))
    for (const [id, one] of sent.filter(isDone)) {
      if (one.number! <= reached) inFlight[id] = undefined
      else if (!one.done) inFlight[id] = { ...one, done: true }
    }
    if (reached > place.cursor) cursors[groupId] = reached
  }
  return { inFlight, cursors }
}

function reachedOf(
  cursor: number,
  done: readonly [string, InFlight][],
  open: readonly number[],
  log:
    | { readonly news: readonly { readonly entry: { readonly number: number } }[]; readonly reached: number }
    | undefined,
): number {
  const doneNumbers = new Set(done.map(([, { number }]) => number))
  const waiting = [
    ...open,
    ...(log?.news ?? []).map(({ entry }) => entry.number).filter((one) => !doneNumbers.has(one)),
  ]
  const end = Math.max(cursor, log?.reached ?? 0, ...(doneNumbers as Set<number>))
  const first = Math.min(...waiting)
  if (first > end) return end
  // Between what is done and what waits there is nothing for the session.
  return Math.max(
    cursor,
    log ? first - 1 : Math.max(...[...(doneNumbers as Set<number>)].filter((one) => one < first), 0),
  )
}

/** That nobody has moved the cursors meanwhile, and the session still has its places. */
export const asRead = (session: Session, cursors: Readonly<Record<string, number>> = {}): Clause[] =>
  Object.keys(cursors).flatMap((groupId) => {
    const { id, cursor } = session.groups![groupId]!
    return [attribute(`groups.${groupId}.id`).is(id), attribute(`groups.${groupId}.cursor`).is(cursor)]
  })
