/** Rows under headings, in columns as wide as they need to be. */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}

/** Names and values, one pair a line. */
export function pairs(record: Readonly<Record<string, unknown>>): string[] {
  const width = Math.max(...Object.keys(record).map((name) => name.length))
  return Object.entries(record).map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}`)
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value)
}

/** `1 session`, `2 sessions`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
