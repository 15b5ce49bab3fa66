import type { Session } from '../session/session.ts'
import type { SentToGroup } from '../store/sent.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'
import { append } from './log.ts'
import type { GroupMessage } from './logEntry.ts'
import { ringAll } from './ringing.ts'

/**
 * Says something in a group: once in its log, then the bells of all others who are joined. A group that is gone meanwhile
 * has nobody left to hear it.
 *
 * @param found the group as it was read for a request that was not here before
 */
export async function sayInGroup(
  village: Village,
  { id: sessionId, user, accountId }: Session,
  { id, key, messageId, after, screenName, showID }: SentToGroup,
  said: Pick<GroupMessage, 'facts' | 'content' | 'validUntil' | 'at'>,
  found?: Group,
): Promise<void> {
  const group = found ?? (await village.store.groups.read(key))
  if (group?.id !== id || group.deleting) return
  const by = { sessionId, user, accountId, screenName, showID }
  const number = await append(
    village,
    group,
    { kind: 'message', id: messageId, by, ...said },
    after,
    found !== undefined,
  )
  await ringAll(village, group, { number, by: sessionId })
}

/** What was said in a group of late, oldest first. Who came and went is read with it. @param most messages */
export async function latestMessages(village: Village, group: Group, most: number): Promise<GroupMessage[]> {
  const now = village.now()
  const entries = await village.store.groupLog.newest(group.id, most * 2)
  const messages = entries.filter((one): one is GroupMessage => one.kind === 'message' && one.validUntil > now)
  return messages.slice(0, most).reverse()
}
