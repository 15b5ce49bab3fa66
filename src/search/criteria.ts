import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'
import { parseExpression } from './advancedCriteria.ts'
import { type Kind, type SearchElement, searchElements } from './elements.ts'

/** One SearchElement and what is asked for, as it is compared. */
export interface Pair {
  readonly name: string
  readonly element: SearchElement
  readonly pattern: string
}

/** What has to hold of whoever is found. */
export type Criteria =
  | { readonly pair: Pair }
  | { readonly all: readonly Criteria[] }
  | { readonly any: readonly Criteria[] }
  | { readonly not: Criteria }

export interface Search {
  readonly kind: Kind
  readonly criteria: Criteria
}

/** Pairs that a search may have: each may cost a look-up. */
const pairsMax = 10

/** A pair as it was written. */
interface Written {
  readonly element?: string
  readonly text?: string
  readonly id?: string
}

/** The AdvancedCriteria of a request, where the version has them. */
export const advancedCriteriaOf = (request: Element, version: Version): string | undefined =>
  isAtLeast(version, '1.3')
    ? request.all('SearchPairList').flatMap((list) => list.textsOf('AdvancedCriteria'))[0]
    : undefined

/**
 * What a Search-Request asks for: all its pairs, unless AdvancedCriteria say otherwise.
 *
 * @throws CspError 400 without any pair; 402 for an element that the version does not know, a text that is none of its
 *   kind, elements of users and groups in one request, criteria that are none
 */
export function parseSearch(request: Element, version: Version, domain: string): Search {
  const written = request.all('SearchPairList').flatMap(writtenIn)
  if (written.length === 0) throw new CspError(400, 'Search-Request has neither SearchPairList nor SearchID')
  if (written.length > pairsMax) throw new CspError(402, `More than ${pairsMax} pairs to search by`)
  const pairs = written.map((one) => toPair(one, version, domain))
  const { kind } = pairs[0]!.element
  if (pairs.some(({ element }) => element.kind !== kind))
    throw new CspError(402, 'SearchElement: elements of users and of groups are mixed')
  const advanced = advancedCriteriaOf(request, version)
  if (advanced === undefined) return { kind, criteria: { all: pairs.map((pair) => ({ pair })) } }
  const byId = new Map(written.flatMap(({ id }, place) => (id === undefined ? [] : [[id, pairs[place]!] as const])))
  return { kind, criteria: parseExpression(advanced, byId) }
}

const fields: Readonly<Record<string, keyof Written>> = { SearchElement: 'element', SearchString: 'text', PairID: 'id' }

/**
 * The pairs of a SearchPairList: in 1.1 and 1.2 its children are one, in 1.3 there may be several, each in a SearchPair
 * or one after the other. In whatever order their parts come, one that a pair has already begins the next.
 */
function writtenIn(list: Element): Written[] {
  const pairs: Written[] = []
  for (const child of list.children) {
    if (child.name === 'SearchPair') pairs.push(...writtenIn(child))
    const field = fields[child.name]
    if (!field) continue
    const last = pairs.at(-1)
    const isNext = last === undefined || last[field] !== undefined
    pairs.splice(isNext ? pairs.length : -1, 1, { ...(isNext ? {} : last), [field]: child.text ?? '' })
  }
  return pairs
}

function toPair({ element: name = '', text = '' }: Written, version: Version, domain: string): Pair {
  const element = Object.hasOwn(searchElements, name) ? searchElements[name] : undefined
  if (!element || !isAtLeast(version, element.since)) throw new CspError(402, 'SearchElement is none that is known')
  const pattern = element.prepare(text, domain)
  if (pattern === undefined) throw new CspError(402, `SearchString is nothing to search ${name} for`)
  return { name, element, pattern }
}

/** True when the criteria hold. @param test whether a pair does */
export function holds(criteria: Criteria, test: (pair: Pair) => boolean): boolean {
  if ('pair' in criteria) return test(criteria.pair)
  if ('all' in criteria) return criteria.all.every((one) => holds(one, test))
  if ('any' in criteria) return criteria.any.some((one) => holds(one, test))
  return !holds(criteria.not, test)
}

/** All pairs in the criteria. */
export function pairsIn(criteria: Criteria): Pair[] {
  if ('pair' in criteria) return [criteria.pair]
  if ('not' in criteria) return pairsIn(criteria.not)
  return ('all' in criteria ? criteria.all : criteria.any).flatMap(pairsIn)
}

/**
 * The pairs to look up so that nobody is missed: of what must hold together the most selective, of alternatives all.
 * Undefined when there is nothing to look up by.
 */
export function pairsToLookUp(criteria: Criteria): readonly Pair[] | undefined {
  if ('pair' in criteria) return selectivity(criteria.pair) > 0 ? [criteria.pair] : undefined
  if ('not' in criteria) return undefined
  if ('any' in criteria) {
    const each = criteria.any.map(pairsToLookUp)
    return each.every((one) => one !== undefined) ? each.flat() : undefined
  }
  const plans = criteria.all.flatMap((one) => {
    const pairs = pairsToLookUp(one)
    return pairs ? [{ pairs, least: Math.min(...pairs.map(selectivity)) }] : []
  })
  return plans.sort((a, b) => b.least - a.least)[0]?.pairs
}

/** How few a pair is likely to find; 0 for one that cannot be looked up. */
function selectivity({ element, pattern }: Pair): number {
  // Groups of a user: they are known without the index.
  if (element.comparing === undefined) return element.kind === 'group' ? Number.POSITIVE_INFINITY : 0
  if (element.isBroad) return 0.5
  return [...pattern].length
}
