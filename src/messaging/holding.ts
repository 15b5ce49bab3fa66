import { CspError } from '../csp/cspError.ts'
import { resendAfter } from '../delivery/resending.ts'
import { liveAmong } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'

/**
 * A message goes to one session of its user, whichever fetches it first. So that of two sessions at a time only one
 * sends it, each first says so in its own session, where it is on its way; then it becomes the one that fetches (the
 * holder) if it is not already, and only then it looks what others have on their way. Whoever comes second sees the first.
 *
 * @param session as it was written
 * @param keys what it is about to send
 * @returns of these what another session has sent and waits for: until when, in milliseconds since 1970; and what is
 *   done with since it was read: until now
 */
export async function sentElsewhere(
  village: Village,
  session: Session,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { inbox } = village.store
  for (let attempt = 0; attempt < 4; attempt++) {
    const holder = await inbox.holder(session.accountId)
    if (holder?.sessionId === session.id && holder.others.length === 0) return new Map()
    const former = holder ? [...new Set([holder.sessionId, ...holder.others])].filter((id) => id !== session.id) : []
    const live = await liveAmong(village, former, true)
    const others = live.map(({ id }) => id)
    const isSame = holder?.sessionId === session.id && holder.others.length === others.length
    if (isSame) return new Map([...(await doneWith(village, session, keys)), ...onTheWay(village, live, keys)])
    if (!(await inbox.hold(session.accountId, { sessionId: session.id, others }, holder))) continue
    const again = await liveAmong(village, former, true)
    // One that was over a moment ago may have come back since, and still take itself for the holder.
    if (!again.every(({ id }) => others.includes(id))) continue
    const done = holder ? await doneWith(village, session, keys) : []
    return new Map([...done, ...onTheWay(village, again, keys)])
  }
  throw new CspError(503)
}

/** Of some messages those that another session has acknowledged since they were read. */
async function doneWith(
  village: Village,
  { accountId }: Session,
  keys: readonly string[],
): Promise<[string, number][]> {
  const found = await Promise.all(keys.map((key) => village.store.inbox.read(accountId, key)))
  return keys.filter((_, index) => !found[index]).map((key) => [key, village.now()])
}

/** Of some messages those that other sessions have sent and whose acknowledgement may still come. */
function onTheWay({ now }: Village, others: readonly Session[], keys: readonly string[]): ReadonlyMap<string, number> {
  const sent = others.flatMap((session) =>
    Object.values(session.inFlight).flatMap(({ message, tries, sentAt }): [string, number][] => {
      const until = sentAt + resendAfter(session, tries)
      return message !== undefined && keys.includes(message) && until > now() ? [[message, until]] : []
    }),
  )
  return new Map(sent)
}
