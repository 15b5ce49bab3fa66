import { initiate } from '../delivery/cir.ts'
import { atOnce, inLots } from '../presence/lots.ts'
import { randomText } from '../randomText.ts'
import { findSession } from '../session/lookup.ts'
import type { RingJob } from '../store/rooms.ts'
import type { Village } from '../village.ts'
import type { Group, Joined } from './group.ts'
import { tidyUp } from './leaving.ts'

/** Sessions whose bells are rung without a job. Of those a call that dies has missed, each looks for itself in time. */
export const inCallMax = atOnce

/** Milliseconds for which a call goes on before it leaves the rest to the sweeper. */
const jobTime = 5000

/**
 * Rings the bells of all who are joined, but for the session that has written the entry: one write each. They are looked
 * up after the entry is there: who comes meanwhile begins behind it. With many of them a job is written first, which the
 * sweeper goes on with when this call dies.
 *
 * @param all who is joined, where that was read after the entry was written
 */
export async function ringAll(
  village: Village,
  { id: roomId, key }: Pick<Group, 'id' | 'key'>,
  what: Pick<RingJob, 'number' | 'by' | 'noticesOnly'>,
  all?: readonly Joined[],
): Promise<void> {
  const ring = { ...what, roomId, key }
  const concerned = (all ?? (await village.store.rooms.joined(roomId))).filter((one) => isConcerned(one, ring))
  if (concerned.length <= inCallMax) return void (await inLots(concerned, (one) => ringOne(village, ring, one)))
  const job: RingJob = { ...ring, id: randomText(village.random, 12) }
  await village.store.rooms.writeJob(job, village.now())
  await runRingJob(village, job, concerned)
}

const isConcerned = (
  { sessionId, notices, leaving }: Joined,
  { by, noticesOnly }: Pick<RingJob, 'by' | 'noticesOnly'>,
): boolean => sessionId !== by && (notices || !noticesOnly) && (leaving === undefined || leaving.ended === undefined)

/** Lots after which it is noted how far a job is: to ring a bell twice costs little more than the note. */
const lotsBetweenNotes = 4

/** What is left of a job: by the call that has begun it, or by the sweeper. */
export async function runRingJob(village: Village, job: RingJob, known?: readonly Joined[]): Promise<void> {
  const until = village.now() + jobTime
  const all = known ?? (await village.store.rooms.joined(job.roomId)).filter((one) => isConcerned(one, job))
  const left = all.filter(({ sessionId }) => job.cursor === undefined || sessionId > job.cursor)
  for (let start = 0; start < left.length; start += atOnce) {
    const reached = left[start - 1]?.sessionId
    if (village.now() > until) return void (reached && (await village.store.rooms.advanceJob(job, reached)))
    const lot = left.slice(start, start + atOnce)
    await inLots(lot, (one) => ringOne(village, job, one))
    const isLast = start + atOnce >= left.length
    const isWorthIt = (start / atOnce) % lotsBetweenNotes === lotsBetweenNotes - 1
    if (!isLast && isWorthIt) await village.store.rooms.advanceJob(job, lot.at(-1)!.sessionId)
  }
  await village.store.rooms.finishJob(job)
}

async function ringOne(
  village: Village,
  ring: Pick<RingJob, 'roomId' | 'key' | 'number' | 'noticesOnly'>,
  joined: Joined,
) {
  const { roomId, key, number } = ring
  const { sessionId, id } = joined
  const isRung = await village.store.places.ring(sessionId, roomId, id, number)
  // Few can be told out of band, and then it is worth a read.
  if (isRung && village.cirMethods.length === 0) return
  const { session, isLive } = await findSession(village, sessionId)
  if (isRung && session && isLive) await initiate(village, session)
  // It has left, and the call that had to say so has died. Only a message sees to that: of two that have gone each would
  // tell the other that it leaves, for ever.
  else if (!isRung && !ring.noticesOnly && (!isLive || session?.groups?.[roomId]?.id !== id))
    await tidyUp(village, { id: roomId, key }, joined)
}
