import { isSessionId } from '../src/session/liveSession.ts'
import { phase, type Session } from '../src/session/session.ts'
import type { Village } from '../src/village.ts'
import { CommandError, UsageError } from './errors.ts'

/** Sessions that are read at a time. */
const atOnce = 16

/** Fewer characters than these name too many sessions. */
const shortest = 4

/** The sessions of one user that are live or can be re-established, the one heard of last first. */
export async function sessionsOf(village: Village, user: string): Promise<Session[]> {
  const ids = await village.store.accounts.sessionIds(user)
  const sessions: Session[] = []
  for (let start = 0; start < ids.length; start += atOnce) {
    const found = await Promise.all(ids.slice(start, start + atOnce).map((id) => village.store.sessions.read(id)))
    sessions.push(...found.flatMap((one) => (one && one.session.user === user ? one.session : [])))
  }
  return sessions.filter((one) => phase(village.now(), one) !== 'gone').sort((a, b) => b.lastSeen - a.lastSeen)
}

/** The same of every user, by name. */
export async function allSessions(village: Village): Promise<Session[]> {
  const users: string[] = []
  for await (const { user } of village.store.accounts.all()) users.push(user)
  const sessions: Session[] = []
  for (const user of users.sort()) sessions.push(...(await sessionsOf(village, user)))
  return sessions
}

export const isLive = ({ now }: Village, session: Session): boolean => phase(now(), session) === 'live'

/**
 * The session that an operator names by its id or the first characters of it.
 *
 * @throws UsageError when the text is too short, CommandError when there is none or more than one
 */
export async function findSession(village: Village, text: string): Promise<Session> {
  const prefix = text.replace(/…$/, '')
  if (prefix.length < shortest) throw new UsageError(`A session is named by ${shortest} characters of its id at least.`)
  const whole = isSessionId(prefix) ? (await village.store.sessions.read(prefix))?.session : undefined
  if (whole && phase(village.now(), whole) !== 'gone') return whole
  const [found, another] = (await allSessions(village)).filter(({ id }) => id.startsWith(prefix))
  if (!found) throw new CommandError('There is no such session.')
  if (another) throw new CommandError('More than one session begins with that: give more of its id.')
  return found
}
