/**
 * Texts as they are compared in a search, and the pieces (grams) of them that the index has partitions for. All pure.
 */

/** How a search element compares: a part of the text, or the whole of it. */
export type Comparing = 'part' | 'whole'

/** Characters of a text by which it can be found: what is beyond costs a write for each and is hardly ever asked for. */
export const indexedMax = 80

/** Characters from which on a pattern is looked for anywhere in a text; a shorter one only where the text begins. */
const gramSize = 3

/** Without case, without accents, in one kind of space, and no longer than is indexed. */
export function fold(text: string): string {
  const bare = text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return cut(bare.toLowerCase().replace(/\s+/g, ' ').trim())
}

const cut = (text: string): string => [...text].slice(0, indexedMax).join('')

/** The digits of a telephone number: `+358 40-123` is 35840123, and so is 0035840123. */
export const digitsOf = (text: string): string => cut(text.replace(/\D/g, '').replace(/^00/, ''))

const wholeGram = (text: string): string => `=${text}`

/** The grams under which a text stands in the index. */
export function gramsOf(text: string, comparing: Comparing): string[] {
  if (comparing === 'whole') return [wholeGram(text)]
  const characters = [...text]
  const beginnings = [1, 2].map((length) => `^${characters.slice(0, length).join('')}`)
  return [...new Set([wholeGram(text), ...beginnings, ...trigrams(characters)])]
}

const trigrams = (characters: readonly string[]): string[] =>
  characters.slice(gramSize - 1).map((_, start) => `*${characters.slice(start, start + gramSize).join('')}`)

/** Where in the index a pattern is looked for: the first of `grams` that is not too full, else only what is all of it. */
export interface Looking {
  readonly grams: readonly string[]
  readonly whole: string
}

/** The last gram comes first: names and numbers differ at their ends, telephone numbers above all. */
export function lookingFor(pattern: string, comparing: Comparing): Looking {
  const whole = wholeGram(pattern)
  const characters = [...pattern]
  if (comparing === 'whole') return { grams: [whole], whole }
  if (characters.length < gramSize) return { grams: [`^${pattern}`], whole }
  const all = trigrams(characters)
  const tried = [all.length - 1, 0, Math.floor(all.length / 2)].map((place) => all[place]!)
  return { grams: [...new Set(tried)], whole }
}

/** True when a text, folded as the pattern is, is one that was asked for. */
export function matches(text: string | undefined, pattern: string, comparing: Comparing): boolean {
  if (text === undefined) return false
  if (comparing === 'whole') return text === pattern
  return [...pattern].length < gramSize ? text.startsWith(pattern) : text.includes(pattern)
}
