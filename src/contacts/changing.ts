import { CspError } from '../csp/cspError.ts'
import type { Access, Relation } from '../presence/access.ts'
import type { Target } from '../presence/subscribing.ts'
import type { Found } from '../store/access.ts'
import type { Village } from '../village.ts'
import { relationTo, saysNothing } from './members.ts'

/** How often a change is made again when another invocation was faster. */
const attempts = 8

/**
 * Changes what a user has said of all others: read, changed, written in place of what was read.
 *
 * @param change throws a CspError to refuse; undefined changes nothing
 * @returns what is there afterwards. @throws CspError 503 when others change it all the time
 */
export async function changeOwnAccess(
  village: Village,
  accountId: string,
  change: (access: Access) => Access | undefined,
): Promise<Access> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await village.store.access.read(accountId)
    const changed = change(found.value)
    if (!changed) return found.value
    if (await village.store.access.replace(accountId, changed, found)) return changed
    village.log.metric('ConditionConflict')
  }
  throw new CspError(503)
}

/**
 * Changes what a user has said of one other. A relation that says nothing any more is removed.
 *
 * @param target the other, as of now
 * @param known what was read of it before, to save a read; it is read when nothing is given
 */
export async function changeRelation(
  village: Village,
  accountId: string,
  target: Target,
  change: (relation: Relation) => Relation,
  known?: { readonly found: Found<Relation> | undefined },
): Promise<void> {
  const { access } = village.store
  let first = known
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = first ? first.found : await access.relation(accountId, target.user)
    first = undefined
    if (await replaceRelation(village, accountId, found, change(relationTo(found, target)))) return
    village.log.metric('ConditionConflict')
  }
  throw new CspError(503)
}

async function replaceRelation(
  village: Village,
  accountId: string,
  found: Found<Relation> | undefined,
  changed: Relation,
): Promise<boolean> {
  if (!saysNothing(changed)) return village.store.access.replaceRelation(accountId, changed, found)
  return found === undefined || village.store.access.removeRelation(accountId, found)
}
