import { randomText } from '../randomText.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'
import { append } from './log.ts'
import type { PropertiesChange } from './logEntry.ts'
import type { Actor } from './notices.ts'
import { ringAll } from './ringing.ts'

/** Tells those who want to know that properties have changed, of the group or of one of them. */
export async function tellProperties(
  village: Village,
  group: Group,
  { id: sessionId, user, accountId }: Actor,
  what: Pick<PropertiesChange, 'group' | 'own' | 'of'>,
): Promise<void> {
  const by = { sessionId, user, accountId, screenName: user, showID: false }
  const id = randomText(village.random, 9)
  const number = await append(village, group, { kind: 'changed', id, at: village.now(), by, ...what })
  await ringAll(village, group, { number, by: sessionId, noticesOnly: true })
}
