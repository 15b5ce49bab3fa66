import { isDeepStrictEqual } from 'node:util'
import { CspError } from '../csp/cspError.ts'
import { inLots } from '../presence/lots.ts'
import type { Posting } from '../store/postings.ts'
import { ConditionFailed, type Key } from '../store/table.ts'
import type { Village } from '../village.ts'
import { type Kind, searchElements, type Texts } from './elements.ts'
import { gramsOf } from './texts.ts'

/**
 * Whatever is in the directory. Its postings (one for each gram of each text) stand in the index, in partitions of their
 * own; what they may be is remembered here, so that a change that a crash has cut short can be finished:
 *
 *     entry written with the new texts behind the old ones, and a sweep key ── postings put and deleted ── old texts and
 *     sweep key gone
 *
 * The sweeper does the second and third step again wherever the key is still there.
 */
export interface Listing {
  /** Texts that have postings, as far as they were written or are not deleted yet. The last ones are those that count. */
  readonly states: readonly Texts[]
  /** Counts changes. A posting is put and deleted only by a change that is not older than itself. */
  readonly version: number
}

/** Where something is in the directory, and what its postings call it. */
export interface Place {
  readonly kind: Kind
  readonly key: Key
  readonly name: string
}

/** An entry without what the index needs, and the texts that it is to be found by. */
export interface Wanted<Entry extends Listing> {
  readonly entry: Omit<Entry, keyof Listing>
  readonly texts: Texts
}

/** How often a change is tried again when somebody was faster. */
const rounds = 8

/**
 * Changes an entry of the directory and what stands of it in the index.
 *
 * @param change what it is to be, from what it is; undefined leaves it as it is
 * @throws CspError 503 when somebody else was faster all the time
 */
export async function list<Entry extends Listing>(
  village: Village,
  place: Place,
  change: (before: Entry | undefined) => Promise<Wanted<Entry> | undefined>,
): Promise<void> {
  const { directory } = village.store
  for (let round = 0; round < rounds; round++) {
    const before = await directory.read<Entry>(place.key)
    const wanted = await change(before)
    if (!wanted) return
    const states = statesOf(before, wanted.texts)
    const after = { ...wanted.entry, states, version: (before?.version ?? 0) + 1 }
    if (before && isDeepStrictEqual({ ...before, version: after.version }, after))
      return void (await directory.settle(place.key, before, wanted.texts))
    try {
      await directory.replace(place.key, after, before, village.now())
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      continue
    }
    await spread(village, place, after)
    if (!(await directory.settle(place.key, after, wanted.texts))) await withdrawIfGone(village, place, after)
    return
  }
  throw new CspError(503)
}

/** The texts that may have postings, with the new ones at the end. A single state is one whose postings are all there. */
function statesOf(before: Listing | undefined, texts: Texts): readonly Texts[] {
  const states = before?.states ?? [{}]
  return states.length === 1 && isDeepStrictEqual(states[0], texts) ? states : [...states, texts]
}

/** Brings the postings from whatever they are to the newest texts. */
async function spread({ store: { postings } }: Village, place: Place, { states, version }: Listing): Promise<void> {
  const newest = postingsOf(states.at(-1)!)
  const older = states.slice(0, -1).map(postingsOf)
  if (older.length === 0) return
  const isThere = (one: Posting) => older.every((all) => all.get(nameOf(one))?.text === one.text)
  const written = [...newest.values()].filter((one) => !isThere(one))
  const left = new Map(older.flatMap((all) => [...all].filter(([name]) => !newest.has(name))))
  await inLots(written, (one) => postings.put(place, one, version))
  await inLots([...left.values()], (one) => postings.remove(place, one, version))
}

/**
 * Takes something out of the index, whatever of it stands there. The entry goes with what else belongs to its owner.
 *
 * @returns false when there is no entry
 */
export async function unlist(village: Village, place: Place): Promise<boolean> {
  const entry = await village.store.directory.read<Listing>(place.key)
  if (entry) await withdraw(village, place, entry)
  return entry !== undefined
}

async function withdraw({ store: { postings } }: Village, place: Place, { states, version }: Listing): Promise<void> {
  const all = new Map(states.flatMap((texts) => [...postingsOf(texts)]))
  await inLots([...all.values()], (one) => postings.remove(place, one, version))
}

/** Its owner was removed while it was written. */
async function withdrawIfGone(village: Village, place: Place, entry: Listing): Promise<void> {
  if (!(await village.store.directory.read(place.key))) await withdraw(village, place, entry)
}

const nameOf = ({ element, gram }: Posting): string => `${element} ${gram}`

/** The postings of texts, by element and gram. */
export function postingsOf(texts: Texts): Map<string, Posting> {
  const postings = Object.entries(texts).flatMap(([element, text]) =>
    gramsOf(text, searchElements[element]!.comparing!).map((gram): Posting => ({ element, gram, text })),
  )
  return new Map(postings.map((one) => [nameOf(one), one]))
}
