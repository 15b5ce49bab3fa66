import type { Village } from '../village.ts'
import { phase, type Session } from './session.ts'

/**
 * A session that somebody else's transaction wants to reach, while it is live. "Live" may rest on an eventual read, "not
 * live" never does.
 *
 * @param strongly looks strongly at once: for a second look
 */
export async function findLive(village: Village, id: string, strongly = false): Promise<Session | undefined> {
  const found = await findSession(village, id, strongly)
  return found.isLive ? found.session : undefined
}

/** The same, telling a session that can come back from one that cannot. */
export async function findSession(
  village: Village,
  id: string,
  strongly = false,
): Promise<{ readonly session?: Session; readonly isLive: boolean; readonly isGone: boolean }> {
  const isLive = (session: Session) => phase(village.now(), session) === 'live'
  const glance = strongly ? undefined : await village.store.sessions.glance(id)
  if (glance && isLive(glance)) return { session: glance, isLive: true, isGone: false }
  const session = (await village.store.sessions.read(id))?.session
  if (!session || phase(village.now(), session) === 'gone') return { isLive: false, isGone: true }
  return { session, isLive: isLive(session), isGone: false }
}

/** The sessions that are live, of those named. */
export async function liveAmong(village: Village, ids: readonly string[], strongly = false): Promise<Session[]> {
  const found = await Promise.all(ids.map((id) => findLive(village, id, strongly)))
  return found.filter((session) => session !== undefined)
}
