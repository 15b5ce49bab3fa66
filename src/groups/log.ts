import { CspError } from '../csp/cspError.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'
import type { Unnumbered } from './logEntry.ts'

/** Tries to get the next number while others take it. */
const attempts = 64

/** Milliseconds for which an entry is certainly there: only then TTL may take it. */
const kept = ({ settings }: Village): number => settings.validity.max * 1000

/**
 * Writes an entry into the log of a group, under the number after the last: the order that is the same for all. Written
 * twice, by a request that is repeated or work that is taken up again, it is still one entry.
 *
 * @param after a number that the log had reached before the entry can have been written for the first time
 * @param isFirst this is certainly the first time: nothing is looked for
 * @returns its number. @throws CspError 800 when the group is gone, 503 when others write all the time
 */
export async function append(
  village: Village,
  group: Group,
  entry: Unnumbered,
  after?: number,
  isFirst = false,
): Promise<number> {
  const { groupLog } = village.store
  const expiresAt = Math.ceil((entry.at + kept(village)) / 1000) + spare
  let seen = isFirst ? undefined : after
  for (let attempt = 0; attempt < attempts; attempt++) {
    // What was read a moment ago will do: of two that take the same number one goes on to the next.
    const newest = (attempt === 0 && isFirst ? after : undefined) ?? (await lastNumber(village, group))
    // After that: what is not found then is not behind it either, unless it takes the number away.
    const before = seen === undefined ? undefined : await find(village, group, entry.id, seen)
    if (before?.number !== undefined) return before.number
    const last = Math.max(newest, before?.reached ?? 0)
    if (await groupLog.put(group.id, last + 1, entry, expiresAt)) return last + 1
    // Somebody else has that number: perhaps another call that does the same.
    seen = before?.reached ?? after ?? last
    village.log.metric('ConditionConflict')
  }
  throw new CspError(503)
}

/** Seconds that TTL is given beyond the time for which entries count. */
const spare = 86_400

async function find(village: Village, group: Group, id: string, after: number) {
  let reached = after
  for (;;) {
    const page = await village.store.groupLog.after(group.id, reached, { limit: pageSize, consistent: true })
    const found = page.find((one) => one.id === id)
    if (found) return { number: found.number, reached: found.number }
    reached = page.at(-1)?.number ?? reached
    if (page.length < pageSize) return { reached }
  }
}

const pageSize = 100

/**
 * The last number that was ever given. TTL takes old entries, in no certain order: when it may have taken the newest the
 * floor is raised first, to the time of now, which no number has reached; so none is ever given twice.
 *
 * @throws CspError 800 when the group is gone
 */
export async function lastNumber(village: Village, group: Group): Promise<number> {
  const now = village.now()
  const last = await village.store.groupLog.last(group.id, true)
  const newest = Math.max(group.floor, last?.number ?? 0)
  const isFresh = last !== undefined && last.number >= group.floor && last.expiresAt * 1000 > now
  // What was written above the floor is not that old.
  if (isFresh || now < group.floor + kept(village)) return newest
  const raised = await village.store.groups.raiseFloor(group, Math.max(now, newest))
  if (!raised) throw new CspError(800)
  return Math.max(raised.floor, newest)
}
