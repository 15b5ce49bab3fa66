import { CspError } from '../csp/cspError.ts'
import { partsOfPosted } from '../store/keys.ts'
import type { Found } from '../store/postings.ts'
import type { Village } from '../village.ts'
import type { Pair } from './criteria.ts'
import type { Kind } from './elements.ts'
import { lookingFor, matches } from './texts.ts'

/** Postings of one gram that are looked through: beyond, another gram is tried, and then it is too broad (537). */
export const postingsMax = 1000

/** Users or groups that are looked at one by one: beyond, there are too many hits (536). */
export const candidatesMax = 200

/** A name with its incarnation, as the index has it. */
export interface Candidate {
  readonly name: string
  readonly incarnation: string
}

/**
 * Those whom the index has for any of the pairs, each once, by name. At most three Queries a pair, each of at most
 * `postingsMax` postings, and one more where all three are too full.
 *
 * @throws CspError 537 when the index has too many to look through, 536 when too many of them match
 */
export async function lookUp(village: Village, kind: Kind, pairs: readonly Pair[]): Promise<Candidate[]> {
  const names = new Set<string>()
  for (const pair of pairs) for (const name of await namesFor(village, kind, pair)) names.add(name)
  checkNumber(names.size)
  return [...names].sort().map(partsOfPosted)
}

/** @throws CspError 536 */
export function checkNumber(candidates: number): void {
  if (candidates > candidatesMax) throw new CspError(536)
}

async function namesFor({ store: { postings } }: Village, kind: Kind, pair: Pair): Promise<string[]> {
  const { name, element, pattern } = pair
  const comparing = element.comparing!
  const isHit = ({ text }: Found) => matches(text, pattern, comparing)
  const { grams, whole } = lookingFor(pattern, comparing)
  for (const gram of grams) {
    const found = await postings.find(kind, name, gram, postingsMax + 1)
    if (found.length <= postingsMax) return found.filter(isHit).map((one) => one.name)
  }
  // A whole name or number is found however many there are that have a part of it.
  const found = grams.includes(whole) ? [] : await postings.find(kind, name, whole, candidatesMax + 1)
  if (found.length === 0) throw new CspError(537)
  return found.map((one) => one.name)
}
