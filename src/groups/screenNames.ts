import { CspError } from '../csp/cspError.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Group, Joined } from './group.ts'
import { isJoined, joiningTime } from './joinedUsers.ts'

/** Characters of a screen name (protocol.md 5). */
const longestName = 50

export const isScreenName = (name: string): boolean => name.length <= longestName && !/\p{Cc}/u.test(name)

/** @throws CspError 402 for what can be no screen name */
export function checkScreenName(name: string): string {
  if (!isScreenName(name)) throw new CspError(402, `A screen name has at most ${longestName} characters`)
  return name
}

/**
 * Takes a screen name for a session's user: two users cannot have the same one, whatever its case, while they are joined.
 *
 * @throws CspError 811 when somebody has it who is joined, or joins just now
 */
export async function takeScreenName(village: Village, groupId: string, name: string, session: Session): Promise<void> {
  const { rooms } = village.store
  const { id: sessionId, user, accountId } = session
  const holder = { sessionId, user, accountId, at: village.now() }
  for (let attempt = 0; attempt < 4; attempt++) {
    if (await rooms.claimName(groupId, name, holder)) return
    const current = await rooms.nameHolder(groupId, name)
    if (!current) continue
    const joined = await rooms.read(groupId, current.sessionId)
    // Whoever has taken it a moment ago may be about to come in with it.
    const isHeld =
      joined && isNamed(joined, name)
        ? await isJoined(village, groupId, joined)
        : village.now() - current.at < joiningTime
    if (isHeld) throw new CspError(811)
    // The session that had it last has gone, and nobody has come by to say so; another one of its user may have it still.
    if (await joinedUnder(village, { id: groupId }, name)) throw new CspError(811)
    if (await rooms.claimName(groupId, name, holder, current)) return
  }
  throw new CspError(811)
}

/** Gives a screen name up, unless the user is joined with it in another session. @param all who is joined, if just read */
export async function giveUpScreenName(
  village: Village,
  groupId: string,
  left: Joined,
  all?: readonly Joined[],
): Promise<void> {
  const { rooms } = village.store
  const others = all ?? (await rooms.joined(groupId))
  const bears = (one: Joined) => !one.leaving && isNamed(one, left.screenName)
  // It may have joined once more meanwhile.
  const heir = others.find((one) => one.id !== left.id && one.accountId === left.accountId && bears(one))
  await rooms.releaseName(groupId, left.screenName, left.sessionId, heir?.sessionId)
  if (!heir) return
  // The other may have given it up just before it got it.
  const current = await rooms.read(groupId, heir.sessionId)
  if (current?.id !== heir.id || !bears(current)) await rooms.releaseName(groupId, left.screenName, heir.sessionId)
}

/** Who is joined in a group now under a screen name, in one of his sessions. */
export async function joinedUnder(
  village: Village,
  group: Pick<Group, 'id'>,
  name: string,
): Promise<Joined | undefined> {
  for (const one of await village.store.rooms.joined(group.id))
    if (isNamed(one, name) && (await isJoined(village, group.id, one))) return one
  return undefined
}

/** Screen names compare without case (protocol.md 5). */
export const isNamed = ({ screenName }: Pick<Joined, 'screenName'>, name: string): boolean =>
  screenName.toLowerCase() === name.toLowerCase()
