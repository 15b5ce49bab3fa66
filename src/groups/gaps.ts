import type { Gap, Place } from './group.ts'

/** Gaps that a place holds: of a client that comes and goes and never fetches anything the oldest become one. */
const gapsMax = 8

/** Where a session that has ended was in a group last. */
export const openGap = ({ gaps = [] }: Pick<Place, 'gaps'>): Gap | undefined => gaps.find(({ to }) => to === undefined)

/** It is joined again: everything after that number is for it. What it has read through is forgotten. */
export const closeGap = ({ gaps = [], cursor }: Place, to: number): Gap[] =>
  gaps.map((gap) => ({ ...gap, to: gap.to ?? to })).filter((gap) => gap.to > cursor)

/** It was not joined after all. */
export const reopenGap = ({ gaps = [], cursor }: Pick<Place, 'gaps' | 'cursor'>): Gap[] =>
  gaps.length === 0 ? [{ from: cursor }] : gaps.map((gap, index) => (index === gaps.length - 1 ? withoutEnd(gap) : gap))

const withoutEnd = ({ to: _, ...gap }: Gap): Gap => gap

/** It has left once more. */
export function addGap(before: readonly Gap[], gap: Gap): Gap[] {
  const [first, second, ...rest] = [...before, gap]
  return first && second && rest.length + 2 > gapsMax ? [{ ...second, from: first.from }, ...rest] : [...before, gap]
}

/** R12: it was said while the session was not joined. */
export const isInGap = (
  { gaps = [] }: Place,
  { number, at }: { readonly number: number; readonly at: number },
): boolean =>
  gaps.some(({ from, to = Number.POSITIVE_INFINITY, since = Number.POSITIVE_INFINITY }) =>
    number > from ? number <= to : at > since,
  )

/** R13: who came and went before is nothing new. */
export const isStaleNotice = ({ gaps = [], noticesAfter = 0 }: Place, number: number): boolean =>
  number <= Math.max(noticesAfter, ...gaps.map(({ from }) => from))
