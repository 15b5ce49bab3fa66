import { randomText } from '../randomText.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { isInGap } from './gaps.ts'
import type { Group, Place } from './group.ts'
import type { GroupMessage } from './logEntry.ts'

/** The MessageID of a message to a group says where it is: the group's id, and a number of the log before it. */
export const newGroupMessageId = ({ id }: Pick<Group, 'id'>, after: number, random: Village['random']): string =>
  `${id}.${after.toString(36)}.${randomText(random, 9)}`

const shape = /^([A-Za-z0-9_-]{12})\.([0-9a-z]{8,10})\.[A-Za-z0-9_-]{12}$/

export const isGroupMessageId = (messageId: string): boolean => shape.test(messageId)

/** How far behind that number a message is looked for: so many came between its number being chosen and written. */
const searched = 100

/** A message of a group in which the session is joined, and its place there. Undefined when there is none. One read. */
export async function findGroupMessage(
  village: Village,
  session: Session,
  messageId: string | undefined,
): Promise<{ readonly message: GroupMessage; readonly groupId: string; readonly place: Place } | undefined> {
  const [, groupId, after] = shape.exec(messageId ?? '') ?? []
  const place = groupId === undefined ? undefined : session.groups?.[groupId]
  if (groupId === undefined || after === undefined || !place) return undefined
  const range = { consistent: true, limit: searched }
  const entries = await village.store.groupLog.after(groupId, Number.parseInt(after, 36), range)
  const found = entries.find(({ id }) => id === messageId)
  // R12: what was said while it was not joined is nothing to it.
  if (found?.kind !== 'message' || isInGap(place, found)) return undefined
  return { message: found, groupId, place }
}
