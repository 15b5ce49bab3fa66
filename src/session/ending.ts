import { leaveGroups } from '../groups/life.ts'
import { shortId } from '../log.ts'
import { goOffline } from '../presence/life.ts'
import type { Replaced, StoredSession } from '../store/sessionItem.ts'
import type { Village } from '../village.ts'
import type { EndReason, Session } from './session.ts'

/**
 * Something that follows from the end of a session: presence, groups, notices. It runs after the session is over, at
 * least once, and so is idempotent for the session's epoch; a crash is made good by the sweeper.
 */
export type Consequence = (village: Village, session: Session) => Promise<void>

/** In the order in which they run. */
const consequences: readonly Consequence[] = [leaveGroups, goOffline]

/**
 * Ends a live session in two steps: first it is over, then what follows is done, then nothing is left for the sweeper.
 *
 * @param only end it only while it is this client's: a session that was taken over is not its old client's to replace
 * @returns false when it was not live (any more)
 */
export async function endSession(
  village: Village,
  session: Session,
  reason: EndReason,
  only?: { client?: string },
): Promise<boolean> {
  const ending = await village.store.sessions.beginEnding(session, reason, village.now(), only)
  if (!ending) return false
  village.log.info('session ended', { session: shortId(session.id), user: session.user, reason })
  await finishEnding(village, ending)
  return true
}

/** The second step, for a session that is `ending`: by whoever ended it, or by the sweeper. */
export async function finishEnding(village: Village, { session, takeover }: StoredSession): Promise<void> {
  // Another session that this one was to replace must not outlive it.
  await endReplaced(village, takeover?.replaces, session.client)
  await followUp(village, session)
  await village.store.sessions.finishEnding(session)
}

/** The consequences alone, of a session that is about to be restored (R12). */
export async function followUp(village: Village, session: Session): Promise<void> {
  for (const consequence of consequences) await consequence(village, session)
}

/** Ends the session that a login has swapped out. It stays resumable (R16). */
export async function endReplaced(
  village: Village,
  replaced: Replaced | undefined,
  client: string | undefined,
): Promise<void> {
  if (!replaced) return
  const session = (await village.store.sessions.read(replaced.id))?.session
  if (session?.state !== 'live' || (replaced.epoch ?? session.epoch) !== session.epoch) return
  await endSession(village, session, 'replaced', { client })
}
