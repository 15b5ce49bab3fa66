import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A number's name, with the versions in which it has it, as the table has it: `CIRURL 1.2`, or several of them. */
type Entry = string | readonly string[]

type Numbered<Value> = Readonly<Record<string, Value>>

/** What `wbxml.json` holds. */
export interface Tables {
  readonly publicIds: Numbered<number>
  readonly attributes: Numbered<string>
  readonly tags: Numbered<Numbered<Entry>>
  readonly values: Numbered<Entry>
  readonly integers: readonly string[]
  readonly integersRead: readonly string[]
  readonly dates: readonly string[]
  readonly contents: readonly string[]
  readonly enumerated: readonly string[]
  readonly enumeratedOfPresence: readonly string[]
}

const source = join(import.meta.dirname, 'wbxml.json')
const target = join(import.meta.dirname, '../src/csp/wbxml/tokens.ts')

export const readTables = (): Tables => JSON.parse(readFileSync(source, 'utf8')) as Tables

/** `CIRURL:2` for what only 1.2 has, `History:r` for what is only read; nothing behind the name for all versions. */
function short(entry: Entry): string {
  return [entry]
    .flat()
    .map((one) => {
      const [name, ...versions] = one.split(' ')
      if (versions.length === 0) return name
      return `${name}:${versions.map((version) => (version === 'read' ? 'r' : version.slice('1.'.length))).join('')}`
    })
    .join('|')
}

/** Entries one after the other, `-` where a number has none. */
function inLine(entries: Numbered<Entry>, first: number): string {
  const numbers = Object.keys(entries).map(Number)
  const all = Array.from({ length: Math.max(...numbers) - first + 1 }, () => '-')
  for (const [number, entry] of Object.entries(entries)) all[Number(number) - first] = short(entry)
  return all.join(' ')
}

const asText = (text: string) => `'${text}'`

/** The module that `src/csp/wbxml` reads: the tables in as few bytes as can still be read. */
export function generate(tables: Tables): string {
  const pages = Object.keys(tables.tags).map((page) => `  ${asText(inLine(tables.tags[page]!, 5))},`)
  const constant = (comment: string, name: string, value: string) => {
    const line = `export const ${name} = ${value}`
    const isLong = !value.includes('\n') && line.length > 120
    return `/** ${comment} */\n${isLong ? `export const ${name} =\n  ${value}` : line}\n`
  }
  const text = (comment: string, name: string, value: string) => constant(comment, name, asText(value))
  const publicIds = Object.entries(tables.publicIds).map(([version, number]) => `'${version}': ${number}`)
  return [
    '// Made by `npm run tables` from tables/wbxml.json: changes belong there.\n',
    constant('Public identifiers by version.', 'publicIds', `{ ${publicIds.join(', ')} } as const`),
    text('Beginnings of `xmlns` values, from attribute token 5 on.', 'attributes', inLine(tables.attributes, 5)),
    constant(
      'Names of tags, a text for each code page, from token 5 on: `-` for none, `:` before the versions that have it\n * (`r`: it is only read), `|` between two names of one token.',
      'tags',
      `[\n${pages.join('\n')}\n]`,
    )
      .replace('/** ', '/**\n * ')
      .replace(' */', '\n */'),
    text('Names of values (EXT_T_0), from 0 on, written like the tags.', 'values', inLine(tables.values, 0)),
    text('Elements that hold a whole number.', 'integers', tables.integers.join(' ')),
    text(
      'Elements whose opaque content is read as a whole number, and that are sent as text.',
      'integersRead',
      tables.integersRead.join(' '),
    ),
    text('Elements that hold a moment.', 'dates', tables.dates.join(' ')),
    text('Elements that may hold bytes, which other encodings write in BASE64.', 'contents', tables.contents.join(' ')),
    text(
      'Elements that hold one of a list of words: these alone are sent as value tokens.',
      'enumerated',
      tables.enumerated.join(' '),
    ),
    text(
      'The same, where it is the word of presence that is meant.',
      'enumeratedOfPresence',
      tables.enumeratedOfPresence.join(' '),
    ),
  ].join('\n')
}

if (import.meta.main) writeFileSync(target, generate(readTables()))
