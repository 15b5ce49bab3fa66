import { CspError } from '../csp/cspError.ts'
import type { Criteria, Pair } from './criteria.ts'

/** Characters of AdvancedCriteria, and how deep parentheses and NOTs go. */
const longest = 200
const deepest = 10

/**
 * Reads 1.3's AdvancedCriteria: PairIDs with AND, OR, NOT and parentheses, in any case; NOT binds closest, then AND.
 *
 * @throws CspError 402 for what is no such expression, or names a pair that there is not
 */
export function parseExpression(text: string, pairs: ReadonlyMap<string, Pair>): Criteria {
  if (text.length > longest) refuse(`are longer than ${longest} characters`)
  const reader = new Reader(text, pairs)
  const criteria = reader.alternatives(0)
  return reader.isAtEnd ? criteria : refuse('cannot be read to their end')
}

class Reader {
  readonly #words: string[]
  readonly #pairs: ReadonlyMap<string, Pair>

  constructor(text: string, pairs: ReadonlyMap<string, Pair>) {
    this.#words = text.match(/[()]|[^\s()]+/g) ?? []
    this.#pairs = pairs
  }

  get isAtEnd(): boolean {
    return this.#words.length === 0
  }

  alternatives(depth: number): Criteria {
    const any = [this.#together(depth)]
    while (this.#takes('OR')) any.push(this.#together(depth))
    return any.length === 1 ? any[0]! : { any }
  }

  #together(depth: number): Criteria {
    const all = [this.#single(depth)]
    while (this.#takes('AND')) all.push(this.#single(depth))
    return all.length === 1 ? all[0]! : { all }
  }

  #single(depth: number): Criteria {
    if (depth > deepest) refuse('are nested too deep')
    if (this.#takes('NOT')) return { not: this.#single(depth + 1) }
    if (this.#takes('(')) {
      const inner = this.alternatives(depth + 1)
      return this.#takes(')') ? inner : refuse('have a parenthesis that is not closed')
    }
    const pair = this.#pairs.get(this.#words.shift() ?? '')
    return pair ? { pair } : refuse('name a PairID that there is not')
  }

  #takes(word: string): boolean {
    if (this.#words[0]?.toUpperCase() !== word) return false
    this.#words.shift()
    return true
  }
}

function refuse(what: string): never {
  throw new CspError(402, `AdvancedCriteria ${what}`)
}
