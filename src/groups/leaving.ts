import { openServerTransaction } from '../delivery/openServerTransaction.ts'
import { randomText } from '../randomText.ts'
import { phase } from '../session/session.ts'
import { repairDelay } from '../store/sessionItem.ts'
import type { Key } from '../store/table.ts'
import type { Village } from '../village.ts'
import { addGap } from './gaps.ts'
import type { Gap, Group, Joined, Leaving } from './group.ts'
import { isJoined, joiningTime } from './joinedUsers.ts'
import { participant, sayJoined } from './joining.ts'
import { append, lastNumber } from './log.ts'
import { putOut } from './putOut.ts'
import { removeGroup } from './removing.ts'
import { ringAll } from './ringing.ts'
import { giveUpScreenName } from './screenNames.ts'

/** Why a session leaves. */
export type Why = Pick<Leaving, 'ended' | 'code' | 'actor'>

/**
 * A session leaves a group, or is put out. Steps that can be done twice: whoever comes by goes on where a call has died.
 *
 *     mark ── (told that it is put out) ── entry in the log ── bells ── place, screen name, joined session
 */
export async function leave(village: Village, group: Group, joined: Joined, why: Why): Promise<void> {
  const { rooms } = village.store
  // Nobody has seen it come, or perhaps somebody has: now everybody has.
  if (joined.number === undefined && !joined.leaving) await sayJoined(village, group, joined)
  const leaving: Leaving = joined.leaving ?? {
    id: randomText(village.random, 9),
    after: await lastNumber(village, group),
    ...why,
  }
  const marked = joined.leaving ? joined : await rooms.beginLeaving(group, joined, leaving, village.now())
  if (!marked?.leaving) return
  const { id, after, ended, code, actor } = marked.leaving
  if (code !== undefined) await tell(village, group.id, marked, code)
  const by = participant(marked)
  const put = { ...(code === 809 && { blocked: true }), ...(actor !== undefined && { actor }) }
  const entry = { kind: 'left', id, at: village.now(), by, ...put } as const
  const number = await append(village, group, entry, after, !joined.leaving && id === leaving.id)
  const all = await rooms.joined(group.id)
  await ringAll(village, group, { number, by: actor ?? marked.sessionId, noticesOnly: true }, all)
  await giveBackPlace(village, group.id, marked, ended === undefined ? undefined : { from: number, since: ended })
  await giveUpScreenName(village, group.id, marked, all)
  // Before nobody stands there any more, so that the sweeper knows of the group when this call dies.
  const isLast = group.autoDelete && all.every((one) => one.id === marked.id || one.leaving)
  if (isLast) await village.store.groups.markEmpty(group, village.now(), closingAt(village, group))
  await rooms.leave(group.id, marked)
  await closeWhenEmpty(village, group)
}

/** When the sweeper looks at an empty group: at the end of its Validity, and not while calls may be at it. */
const closingAt = ({ now }: Village, { validity = 0 }: Group): number => now() + Math.max(validity, repairDelay) * 1000

/** R13: of a session that has ended it stays known up to where it was there. */
async function giveBackPlace({ store: { places } }: Village, groupId: string, joined: Joined, gap?: Gap) {
  const { sessionId, id, gaps = [] } = joined
  if (!gap) await places.remove(sessionId, groupId, id)
  else await places.change(sessionId, groupId, id, { gaps: addGap(gaps, gap) })
}

/** A session that is put out is told so, once, while it is live. */
export async function tell(village: Village, groupId: string, { sessionId, id }: Joined, code: number): Promise<void> {
  const view = await village.store.sessions.view(sessionId, true)
  const place = view?.session.groups?.[groupId]
  if (!view || phase(village.now(), view.session) !== 'live' || place?.id !== id) return
  const isTold = view.queue.some(({ kind, data }) => kind === putOut.kind && data.id === id)
  const data = { id, group: place.address, code }
  if (!isTold) await openServerTransaction(village, view.session, putOut.kind, data)
}

/** AutoDelete or Validity was changed of a group that may be empty: its Validity begins now, or does not count any more. */
export async function restartValidity(village: Village, group: Group): Promise<void> {
  const { rooms, groups } = village.store
  if (!group.autoDelete) return void (await groups.unmarkEmpty(group))
  // Without a Validity it goes with the next one who leaves.
  if (!group.validity || (await rooms.joined(group.id)).length > 0) return
  await groups.markEmpty(group, village.now(), closingAt(village, group))
  // Whoever comes looks at the group when he is in it: one of the two sees the other.
  if ((await rooms.joined(group.id)).length > 0) await groups.unmarkEmpty(group)
}

/** AutoDelete: with the last one who leaves the group goes, at once or when it has been empty for its Validity. */
async function closeWhenEmpty(village: Village, group: Group): Promise<void> {
  const { rooms, groups } = village.store
  const current = group.autoDelete ? await groups.read(group.key) : undefined
  if (current?.id !== group.id || !current.autoDelete || current.deleting) return
  if ((await rooms.joined(group.id)).length > 0) return
  const emptySince = current.emptySince ?? village.now()
  if (current.emptySince === undefined) await groups.markEmpty(current, emptySince, closingAt(village, current))
  // Whoever comes looks at the group when he is in it: one of the two sees the other.
  if ((await rooms.joined(group.id)).length > 0) return void (await groups.unmarkEmpty(current))
  if (!current.validity) await removeGroup(village, current, { emptySince })
}

/** The sweeper's part: a session that was about to leave when its call died. */
export async function finishLeaving(village: Village, found: Key): Promise<void> {
  const { rooms, groups } = village.store
  const left = await rooms.readLeaving(found)
  if (!left) return
  const { roomId, key, joined } = left
  const group = await groups.read(key)
  if (group?.id === roomId && !group.deleting) await leave(village, group, joined, {})
  else await rooms.leave(roomId, joined)
}

/** What is left of a session that has gone while nobody could say so. One that has just come is left alone. */
export async function tidyUp(village: Village, { key, id }: Pick<Group, 'key' | 'id'>, joined: Joined): Promise<void> {
  if (!joined.leaving && village.now() - joined.at < joiningTime) return
  const [group, current] = await Promise.all([
    village.store.groups.read(key),
    village.store.rooms.read(id, joined.sessionId),
  ])
  if (group?.id !== id || group.deleting || current?.id !== joined.id) return
  if (await isJoined(village, id, current)) return
  const session = (await village.store.sessions.read(joined.sessionId))?.session
  // R12: at its deadline at the latest it was over.
  await leave(village, group, current, { ended: Math.min(village.now(), session?.liveUntil ?? village.now()) })
}
