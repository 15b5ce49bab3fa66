import { malformed } from './csp/envelope.ts'
import { joinSegments, type Segment } from './csp/pts/segments.ts'
import type { Village } from './village.ts'

/** Seconds in which the segments of a message have to come, one after the other. */
const keptFor = 60

/** Characters of one segment: they are made for short messages of 160, and are kept for whoever sends them. */
const longestSlice = 1000

/**
 * A segment that came in a request of its own (plain text, made for bearers of short messages). Those before it are kept
 * for a minute after the last one.
 *
 * Only the first segment of a message holds the SessionID, so what belongs together is told by the address that it comes
 * from and the header. Where two messages meet under one, neither is carried out: nobody's words may go out as another's.
 *
 * @returns the whole message with the segment that completes it, once; undefined before, and when it was taken already
 * @throws NotCspError 400
 */
export async function completed(village: Village, source: string, segment: Segment): Promise<string | undefined> {
  if (segment.slice.length > longestSlice) throw malformed(`a segment of more than ${longestSlice} characters`)
  const { header, last } = segment
  const message = { source, header, last }
  const { segments } = village.store
  const { slices, isMixed } = await segments.add(message, segment, village.now(), keptFor)
  if (isMixed) throw malformed('segments of two messages under one number')
  const all = slices.flatMap((slice, index) => (slice === undefined ? [] : { ...segment, index, slice }))
  if (all.length <= last || !(await segments.take(message))) return undefined
  return joinSegments(all)
}
