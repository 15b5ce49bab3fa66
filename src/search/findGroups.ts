import { parseUserAddress } from '../csp/address.ts'
import type { Group } from '../groups/group.ts'
import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Hit } from '../store/searches.ts'
import type { Village } from '../village.ts'
import { type Criteria, holds, type Pair, pairsIn } from './criteria.ts'
import { textsOfGroup } from './groupDirectory.ts'
import { groupsOf } from './groupsOfUser.ts'
import { checkNumber, lookUp } from './lookUp.ts'
import { matches } from './texts.ts'

/**
 * The groups that are what the searcher looks for: only those that are Searchable. A strong read for each at most.
 *
 * @param pairs the pairs to look up
 */
export async function groupsAmong(
  village: Village,
  searcher: Owner,
  pairs: readonly Pair[],
  criteria: Criteria,
): Promise<Hit[]> {
  const ofUsers = new Map<Pair, ReadonlySet<string>>()
  for (const pair of pairsIn(criteria).filter(({ element }) => element.comparing === undefined))
    ofUsers.set(pair, await groupsOf(village, searcher, pair.name, userIn(village, pair.pattern)))
  const named = pairs.flatMap((pair) => [...(ofUsers.get(pair) ?? [])])
  const found = await lookUp(
    village,
    'group',
    pairs.filter((pair) => !ofUsers.has(pair)),
  )
  const keys = [...new Set([...named, ...found.map(({ name }) => name)])].sort()
  checkNumber(keys.length)
  const groups = await inLots(keys, (key) => village.store.groups.read(key))
  const isSo = (group: Group) => {
    const texts = textsOfGroup(group)
    return ({ name, pattern, element }: Pair) => matches(texts[name], pattern, element.comparing!)
  }
  return groups.flatMap((group) => {
    if (!group?.searchable || group.deleting) return []
    const test = (pair: Pair) => ofUsers.get(pair)?.has(group.key) ?? isSo(group)(pair)
    return holds(criteria, test) ? [{ name: group.address }] : []
  })
}

function userIn({ settings: { domain } }: Village, text: string): string | undefined {
  const address = parseUserAddress(text, domain)
  return address?.domain === domain ? address.user : undefined
}
