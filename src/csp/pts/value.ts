/** What a parameter holds: a string, or a group of values `(a,(b,c))`. */
export type Value = string | readonly Value[]

/** The string, or the first one in the group; undefined when that is empty: an empty value counts as absent. */
export function textOf(value: Value | undefined): string | undefined {
  let at = value
  while (at !== undefined && typeof at !== 'string') at = at[0]
  return at || undefined
}

/** One string or a group of strings: each that is not empty. Of a group within the group its last string counts. */
export function textsOf(value: Value): string[] {
  const members = typeof value === 'string' ? [value] : value
  return members.flatMap((member) => textOf(typeof member === 'string' ? member : member.at(-1)) ?? [])
}

/** Texts as they are written: one as a string, several as a group; undefined for none. */
export const oneOrGroup = (values: readonly Value[]): Value | undefined => (values.length > 1 ? values : values[0])

/**
 * Groups that start with a string: `((a,1),(b,2))` are two. One may stand without the parentheses around it, and there
 * may be more of them than need be.
 */
export function recordsOf(value: Value | undefined): (readonly Value[])[] {
  if (value === undefined || value === '') return []
  if (typeof value === 'string') return [[value]]
  return typeof value[0] === 'string' ? [value] : value.flatMap(recordsOf)
}
