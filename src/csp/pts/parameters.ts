import { malformed } from '../cspError.ts'
import type { Value } from './value.ts'

/** Groups inside one another; a PresenceNotification-Request has five. */
const deepest = 20

/** Parameters of one message; those that there are codes for are ten at most. */
const mostParameters = 100

/** Members of all groups in one body: the largest lists that a client sends have a fraction of it. */
const mostMembers = 65_536

/** Told of each member of a group. @throws NotCspError 400 when there are too many in one body */
export function memberCounter(): () => void {
  let members = 0
  return () => {
    if (++members > mostMembers) throw malformed('too many members of groups')
  }
}

/** Parameters by their code in upper case. Of two with the same code the first counts. */
export type Parameters = ReadonlyMap<string, Value>

/**
 * The parameters of one message: `CODE=value`, with white space between them, up to the end of the line. A code without
 * a value is let pass. Characters that should stand in quotes are taken as they are where they do no harm.
 *
 * @param countMember is told of each member of a group
 * @returns with `end`, the place after the last one
 * @throws NotCspError 400 for quotes and parentheses that are not closed, and for too many
 */
export function readParameters(
  text: string,
  start: number,
  countMember: () => void,
): { parameters: Parameters; end: number } {
  const parameters = new Map<string, Value>()
  const reader = new ValueReader(text, start, countMember)
  for (let count = 0; ; count++) {
    reader.skip(blanks)
    if (count > mostParameters) throw malformed('too many parameters')
    if (reader.isAtLineEnd) return { parameters, end: reader.at }
    const code = reader.take(/[^\s=]*/y).toUpperCase()
    if (!reader.takes('=')) continue
    const value = reader.topValue()
    if (!parameters.has(code)) parameters.set(code, value)
  }
}

const space = 0x20
const lastOfAscii = 0x7e
const blanks = /[^\S\r\n]*/y
const whiteSpace = /\s*/y
const untilSpace = /\S*/y
const untilEndOfMember = /[^\s,)]*/y

class ValueReader {
  readonly #text: string
  readonly #countMember: () => void
  at: number

  constructor(text: string, at: number, countMember: () => void) {
    this.#text = text
    this.at = at
    this.#countMember = countMember
  }

  get isAtLineEnd(): boolean {
    return this.at >= this.#text.length || /[\r\n]/.test(this.#text[this.at]!)
  }

  /** What the pattern, a sticky one that also fits nothing, finds here. */
  take(pattern: RegExp): string {
    const start = this.at
    this.skip(pattern)
    return this.#text.slice(start, this.at)
  }

  skip(pattern: RegExp): void {
    pattern.lastIndex = this.at
    pattern.test(this.#text)
    this.at = pattern.lastIndex
  }

  /** There is seldom any, so the first character is looked at before a pattern is. */
  #skipWhiteSpace(): void {
    const next = this.#text.charCodeAt(this.at)
    if (next <= space || next > lastOfAscii) this.skip(whiteSpace)
  }

  takes(character: string): boolean {
    const isThere = this.#text[this.at] === character
    if (isThere) this.at++
    return isThere
  }

  topValue(): Value {
    const value = this.#value(untilSpace, 0)
    if (this.at < this.#text.length && !/\s/.test(this.#text[this.at]!)) throw malformed('text after a value')
    return value
  }

  #value(bare: RegExp, depth: number): Value {
    if (this.takes('(')) return this.#group(depth + 1)
    return this.takes('"') ? this.#quoted() : this.take(bare)
  }

  #group(depth: number): Value {
    if (depth > deepest) throw malformed('too many groups inside one another')
    const members: Value[] = []
    this.#skipWhiteSpace()
    if (this.takes(')')) return members
    for (;;) {
      this.#countMember()
      this.#skipWhiteSpace()
      members.push(this.#value(untilEndOfMember, depth))
      this.#skipWhiteSpace()
      if (this.takes(')')) return members
      if (!this.takes(',')) throw malformed('a group is not closed')
    }
  }

  /** After the first quote. A doubled one is one of the text. */
  #quoted(): string {
    let text = ''
    for (;;) {
      const end = this.#text.indexOf('"', this.at)
      if (end < 0) throw malformed('a quoted string is not closed')
      text += this.#text.slice(this.at, end)
      this.at = end + 1
      if (!this.takes('"')) return text
      text += '"'
    }
  }
}
