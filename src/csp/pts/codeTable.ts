/** Two-letter codes and the names they stand for. */
export interface CodeTable {
  /** Upper and lower case are the same. */
  nameOf(code: string): string | undefined
  codeOf(name: string): string | undefined
}

export function codeTable(names: Readonly<Record<string, string>>): CodeTable {
  const byCode = new Map(Object.entries(names))
  const byName = new Map(Object.entries(names).map(([code, name]) => [name, code]))
  return { nameOf: (code) => byCode.get(code.toUpperCase()), codeOf: (name) => byName.get(name) }
}

/** Values of an enumerated element. What has no code is written as it is. */
export interface ValueTable {
  read(text: string): string
  write(text: string): string
}

export function valueTable(values: Readonly<Record<string, string>>): ValueTable {
  const table = codeTable(values)
  return { read: (text) => table.nameOf(text) ?? text, write: (text) => table.codeOf(text.trim()) ?? text }
}

/** For elements with text of any kind. */
export const plainValues = valueTable({})

export const clientTypes = valueTable({ MP: 'MOBILE_PHONE', CO: 'COMPUTER', PD: 'PDA', CL: 'CLI', OT: 'OTHER' })
