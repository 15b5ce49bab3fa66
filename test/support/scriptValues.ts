import { createHash } from 'node:crypto'

/** What a dialogue has captured so far, by name without the `$`. */
export type Values = Map<string, string>

/** A value that a script uses before any answer has given it one. */
export class UnknownValue extends Error {}

const whiteSpace: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\t': '\t' }

const name = /\$([A-Za-z][A-Za-z0-9]*)/g
const call = /^(md5|sha|repeat|cut)\((.*)\)$/

/** A lone `$name`, or undefined. */
export const loneName = (text: string): string | undefined => /^\$([A-Za-z][A-Za-z0-9]*)$/.exec(text)?.[1]

/**
 * The text that a template stands for: `$name` is what was captured, quotes keep white space, `\n`, `\r` and `\t` in them
 * included, and a few functions make what nobody wants to write: `md5($nonce, secret)` and `sha($nonce, secret)` the
 * DigestBytes of a 4-way login, `repeat(a, 300)` a long text, `cut($session, 1)` a text without its last characters.
 *
 * @throws UnknownValue for a name that stands for nothing yet
 */
export function evaluate(template: string, values: Values): string {
  const quoted = /^"(.*)"$/.exec(template)
  if (quoted)
    return substitute(
      quoted[1]!.replace(/\\[nrt]/g, (written) => whiteSpace[written]!),
      values,
    )
  const called = call.exec(template)
  return called ? compute(called[1]!, argumentsOf(called[2]!, values)) : substitute(template, values)
}

function substitute(text: string, values: Values): string {
  return text.replace(name, (_, key: string) => {
    const value = values.get(key)
    if (value === undefined) throw new UnknownValue(`$${key} stands for nothing yet`)
    return value
  })
}

const argumentsOf = (text: string, values: Values) => text.split(',').map((one) => substitute(one.trim(), values))

function compute(name: string, [first = '', second = '']: string[]): string {
  if (name === 'repeat') return first.repeat(Number(second))
  if (name === 'cut') return first.slice(0, -Number(second))
  return createHash(name === 'md5' ? 'md5' : 'sha1')
    .update(first + second, 'latin1')
    .digest('base64')
}
