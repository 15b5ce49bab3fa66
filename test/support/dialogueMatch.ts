import type { XmlNode } from './dialogueXml.ts'
import type { Sketch } from './scriptElements.ts'
import { evaluate, loneName, type Values } from './scriptValues.ts'

/** Where an answer differs from its script: the line of the script, and both sides in words. */
export interface Difference {
  readonly line: Sketch['line']
  readonly expected: string
  readonly found: string
}

/**
 * Compares an element with its sketch: names, texts, order and number of children. Values that the script meets for the
 * first time are captured.
 */
export function difference(expected: Sketch, found: XmlNode, values: Values, path = ''): Difference | undefined {
  const here = `${path}${found.name}`
  const differs = (what: string, instead: string): Difference => ({
    line: expected.line,
    expected: what,
    found: instead,
  })
  if (expected.name !== found.name) return differs(`${path}${expected.name}`, here)
  if (expected.anything) return undefined
  if (expected.text !== undefined) {
    if (found.children.length > 0) return differs(`${here} ${expected.text}`, `${here} with elements in it`)
    return textFits(expected.text, found.text, values)
      ? undefined
      : differs(`${here} ${shown(expected.text, values)}`, `${here} ${found.text || '(empty)'}`)
  }
  if (found.text !== '') return differs(`${here} without text`, `${here} ${found.text}`)
  return childrenDifference(expected, found, values, `${here}/`)
}

function childrenDifference(expected: Sketch, found: XmlNode, values: Values, path: string): Difference | undefined {
  let position = 0
  for (const due of expected.children) {
    const next = found.children[position]
    // `Result 200` says nothing of a Description: it may be missing.
    if (due.name === 'Description' && due.text === '*' && next?.name !== 'Description') continue
    if (!next) return { line: due.line, expected: `${path}${due.name}`, found: 'nothing more' }
    const inside = difference(due, next, values, path)
    if (inside) return inside
    position++
  }
  const more = found.children[position]
  if (!more || expected.open) return undefined
  return { line: expected.line, expected: `nothing more in ${path.slice(0, -1)}`, found: `${path}${more.name}` }
}

/** `*` is any text but none; a name that is met for the first time takes the text. */
function textFits(template: string, text: string, values: Values): boolean {
  if (template === '*') return text !== ''
  const name = loneName(template)
  if (name !== undefined && !values.has(name)) {
    values.set(name, text)
    return text !== ''
  }
  return evaluate(template, values) === text
}

const shown = (template: string, values: Values): string => {
  if (template === '*') return '(any text)'
  const value = evaluate(template, values)
  return template === value ? value : `${value} (${template})`
}

/** A plain string or a quoted one of plain text: what a name takes that is met for the first time. */
const ptsValue = String.raw`("(?:[^"]|"")*"|[^\s"(),=&]+)`

/**
 * Compares a text with its template: names that stand for something are replaced, others take what is there, and `...`
 * at the end lets anything follow.
 */
export function textMatches(template: string, text: string, values: Values): boolean {
  const isOpen = template.endsWith('...')
  const captured: string[] = []
  const pattern = (isOpen ? template.slice(0, -'...'.length) : template)
    .split(/(\$[A-Za-z][A-Za-z0-9]*)/)
    .map((part) => {
      const name = loneName(part)
      if (name === undefined || values.has(name)) return literally(evaluate(part, values))
      if (captured.includes(name)) return `\\${captured.indexOf(name) + 1}`
      captured.push(name)
      return ptsValue
    })
  const found = new RegExp(`^${pattern.join('')}${isOpen ? '' : '$'}`).exec(text)
  for (const [index, name] of captured.entries()) if (found) values.set(name, found[index + 1]!)
  return found !== null
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
