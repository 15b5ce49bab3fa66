/** A line of a script with the lines that are indented below it. */
export interface Line {
  readonly text: string
  readonly file: string
  readonly number: number
  readonly children: readonly Line[]
}

/** A line that the language does not know: says where, what, and what would do. */
export class ScriptError extends Error {
  constructor({ file, number, text }: Pick<Line, 'file' | 'number' | 'text'>, why: string) {
    super(`${file}:${number}: ${why}\n    ${text}`)
    this.name = 'ScriptError'
  }
}

interface Growing extends Line {
  readonly children: Growing[]
}

/**
 * The lines of a text by their indentation, two spaces a step. Blank lines and lines that start with `#` say nothing.
 *
 * @throws ScriptError for tabs, odd indentation and steps that are too deep
 */
export function outline(text: string, file: string): Line[] {
  const root: Growing = { text: '', file, number: 0, children: [] }
  const open: Growing[] = [root]
  for (const [index, raw] of text.split('\n').entries()) {
    const line: Growing = { text: raw.trim(), file, number: index + 1, children: [] }
    if (line.text === '' || line.text.startsWith('#')) continue
    const indentation = /^ */.exec(raw)![0].length
    if (raw[indentation] === '\t') throw new ScriptError(line, 'a script is indented with spaces, not with tabs')
    if (indentation % 2 > 0) throw new ScriptError(line, 'each step of indentation is two spaces')
    const depth = indentation / 2
    if (depth >= open.length) throw new ScriptError(line, 'indented more than two spaces deeper than the line before')
    open.length = depth + 1
    open[depth]!.children.push(line)
    open.push(line)
  }
  return root.children
}

/** The lines below a line as they stand in the file, but for the indentation that they share: what is sent raw. */
export const rawText = (lines: readonly Line[], depth = 0): string =>
  lines.map((line) => `${'  '.repeat(depth)}${line.text}${below(line, depth)}`).join('\n')

const below = ({ children }: Line, depth: number): string =>
  children.length > 0 ? `\n${rawText(children, depth + 1)}` : ''
