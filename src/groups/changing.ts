import { CspError } from '../csp/cspError.ts'
import { expectGroup, indexGroup } from '../search/groupDirectory.ts'
import type { Session } from '../session/session.ts'
import { ConditionFailed, type Value } from '../store/table.ts'
import type { Village } from '../village.ts'
import type { Group, GroupProperties } from './group.ts'
import { restartValidity } from './leaving.ts'
import { groupValues } from './properties.ts'
import { tellProperties } from './tellingProperties.ts'

/** Changes properties of a group, and tells those who want to know. @throws CspError 800 when it is gone, 503 in a crowd */
export async function changeGroup(
  village: Village,
  found: Group,
  by: Session,
  properties: { readonly [Name in keyof GroupProperties]?: GroupProperties[Name] | undefined },
): Promise<void> {
  if (Object.keys(properties).length === 0) return
  if (found.searchable || properties.searchable) await expectGroup(village, found)
  let before: Group | undefined = found
  for (let attempt = 0; attempt < 4; attempt++) {
    if (before?.id !== found.id || before.deleting) throw new CspError(800)
    try {
      const after = await village.store.groups.change(before, properties as Record<string, Value | undefined>)
      await indexGroup(village, after)
      if (after.autoDelete !== before.autoDelete || after.validity !== before.validity)
        await restartValidity(village, after)
      const group = difference(groupValues(before), groupValues(after))
      if (Object.keys(group).length > 0) await tellProperties(village, after, by, { group })
      return
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      before = await village.store.groups.read(found.key)
    }
  }
  throw new CspError(503)
}

/** What is another value now; what is not set any more is empty. */
function difference(before: Record<string, string>, after: Record<string, string>): Record<string, string> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  )
  return Object.fromEntries(names.map((name) => [name, after[name] ?? '']))
}
