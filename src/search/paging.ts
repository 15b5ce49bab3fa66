import { createHash } from 'node:crypto'
import { CspError } from '../csp/cspError.ts'
import { type ContentTree, type Element, element } from '../csp/element.ts'
import type { Version } from '../csp/versions.ts'
import { sizeInXml } from '../delivery/size.ts'
import { spokenAddress } from '../presence/addresses.ts'
import { parserSizeOf, type Session } from '../session/session.ts'
import type { Hit, OpenSearch } from '../store/searches.ts'
import type { Village } from '../village.ts'

/** Results in a page: where the client says nothing, and at most. */
export const pageSize = { default: 50, max: 100 }

/** Milliseconds for which a client may go on with a search. */
export const searchTime = 600_000

/** Searches that a session may have open; a further one ends the oldest. */
const openMax = 4

const checkBits = 4096

/** A number of the session's own: what was never one of its searches can be told from what is over. */
export function newSearchId(village: Village, session: Session): string {
  const [a = 0, b = 0, c = 0] = village.random(3)
  const number = ((a << 16) | (b << 8) | c) >> 4
  return String(number * checkBits + checkOf(session, number))
}

/** True for a SearchID that this session has been given. */
export function isSearchIdOf(session: Session, text: string): boolean {
  if (!/^\d{1,10}$/.test(text)) return false
  const number = Math.floor(Number(text) / checkBits)
  return Number(text) % checkBits === checkOf(session, number)
}

const checkOf = ({ id }: Session, number: number): number =>
  createHash('sha256').update(`${id} ${number}`).digest().readUInt16BE() % checkBits

/** Where an answer is given. */
export interface Place {
  readonly village: Village
  readonly session: Session
  readonly version: Version
}

export interface Page {
  readonly answer: Element
  readonly isComplete: boolean
}

/**
 * A page of results, as many as the client has asked for and can parse. SearchIndex is that of the last one in it: the
 * client asks for the one behind it (the example messages of 1.1).
 *
 * @param from number of the first result, from 1 on
 * @throws CspError 432 when the client cannot parse a single result
 */
export function pageOf(place: Place, searchId: string, search: OpenSearch, from: number): Page {
  const { session, version } = place
  const wanted = search.hits.slice(from - 1, from - 1 + search.limit).map((hit) => resultOf(place, search.kind, hit))
  const write = (results: readonly ContentTree[]) =>
    searchResponse(searchId, search, from - 1 + results.length, results)
  const shown = wanted.slice(
    0,
    countThatFits(wanted, parserSizeOf(session), (some) => sizeInXml(write(some), { session, version })),
  )
  if (wanted.length > 0 && shown.length === 0) throw new CspError(432)
  return { answer: write(shown), isComplete: from - 1 + shown.length === search.hits.length }
}

function countThatFits(
  results: readonly ContentTree[],
  most: number | undefined,
  sizeOf: (some: readonly ContentTree[]) => number,
): number {
  if (most === undefined || sizeOf(results) <= most) return results.length
  // With the element that stands around them all.
  let left = most - sizeOf(results.slice(0, 1))
  const each = (one: ContentTree) => sizeOf([one, one]) - sizeOf([one])
  if (left < 0) return 0
  const end = results.slice(1).findIndex((one) => {
    left -= each(one)
    return left < 0
  })
  return end + 1
}

const resultOf = ({ village, session }: Place, kind: OpenSearch['kind'], { name, friendlyName }: Hit): ContentTree =>
  kind === 'user'
    ? { User: { UserID: spokenAddress(name, session, village.settings), FriendlyName: friendlyName } }
    : { GroupID: name }

function searchResponse(
  searchId: string,
  { kind, hits }: OpenSearch,
  last: number,
  results: readonly ContentTree[],
): Element {
  const list = kind === 'user' ? { UserList: merged(results, 'User') } : { GroupList: merged(results, 'GroupID') }
  return element('Search-Response', {
    SearchID: searchId,
    SearchFindings: hits.length,
    CompletionFlag: last === hits.length,
    SearchIndex: last > 0 ? last : undefined,
    SearchResult: results.length > 0 ? list : undefined,
  })
}

const merged = (results: readonly ContentTree[], name: string): ContentTree => ({
  [name]: results.map((one) => one[name]) as ContentTree[],
})

/** Keeps a search for its next pages; of too many the oldest ends. One Query and one write. */
export async function keepOpen(
  { store: { searches }, now }: Village,
  session: Session,
  searchId: string,
  search: OpenSearch,
): Promise<void> {
  const open = [...(await searches.open(session.id))].sort(([, a], [, b]) => b - a)
  const over = open.filter(([, validUntil], place) => place >= openMax - 1 || validUntil <= now())
  await Promise.all(over.map(([id]) => searches.remove(session.id, id)))
  await searches.put(session.id, searchId, search)
}
