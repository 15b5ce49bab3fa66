import { type Line, ScriptError } from './scriptOutline.ts'

/** An element as a script writes it, to be sent or to be found in an answer. */
export interface Sketch {
  readonly name: string
  readonly line: Line
  /** Absent when the element has children, or none of either. */
  readonly text?: string
  readonly children: readonly Sketch[]
  /** In an answer: whatever is in it, is right. */
  readonly anything: boolean
  /** In an answer: further children may follow those that are named. */
  readonly open: boolean
}

const elementName = /^[A-Za-z][A-Za-z0-9_-]*$/

/**
 * An element of an outline:
 *
 *     UserID wv:ann                 an element with text
 *     ClientID                      an element with the elements below it; an empty one without
 *       URL phone-1
 *     ClientID/URL phone-1          the same in one line
 *     Result 200                    Code 200 and, in an answer, any Description
 *     Description *                 in an answer: any text
 *     Functions ...                 in an answer: whatever is in it
 *     ...                           in an answer, last: more may follow
 *
 * @throws ScriptError for a line that is none of these
 */
export function sketch(line: Line): Sketch {
  const [path = '', ...rest] = line.text.split(' ')
  return nest(path.split('/'), rest.join(' ').trim(), line)
}

function nest([name = '', ...deeper]: string[], rest: string, line: Line): Sketch {
  if (!elementName.test(name)) throw new ScriptError(line, `"${name}" is no name of an element`)
  const plain = { name, line, children: [], anything: false, open: false }
  if (deeper.length > 0) return { ...plain, children: [nest(deeper, rest, line)] }
  if (rest === '...') return { ...plain, anything: true }
  if (name === 'Result' && /^\d{3}$/.test(rest)) return { ...plain, children: resultOf(rest, line) }
  const { sketches, open } = sketchAll(line.children)
  if (rest !== '' && line.children.length > 0)
    throw new ScriptError(line, 'an element has either text or elements below it')
  return { ...plain, ...(rest !== '' && { text: rest }), children: sketches, open }
}

/** A Result with just a code: any Description goes with it. */
const resultOf = (code: string, line: Line): Sketch[] =>
  [
    { name: 'Code', text: code },
    { name: 'Description', text: '*' },
  ].map((one) => ({ ...one, line, children: [], anything: false, open: false }))

/** The elements of several lines, the last of which may be `...`. */
export function sketchAll(lines: readonly Line[]): { sketches: Sketch[]; open: boolean } {
  const open = lines.at(-1)?.text === '...'
  return { sketches: (open ? lines.slice(0, -1) : lines).map(sketch), open }
}
