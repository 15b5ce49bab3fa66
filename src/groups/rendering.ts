import { type ContentTree, type Element, element } from '../csp/element.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'
import type { RenderContext } from '../delivery/serverTransactions.ts'
import { factsOf } from '../messaging/information.ts'
import { type RenderedEntry, renderMessage } from '../messaging/rendering.ts'
import { spokenAddress } from '../presence/addresses.ts'
import type { Session } from '../session/session.ts'
import type { Settings } from '../settings.ts'
import type { Joined } from './group.ts'
import type { GroupMessage, LogEntry, Movement } from './logEntry.ts'
import { type GroupNews, useOf } from './news.ts'
import { toProperties } from './properties.ts'

/** Somebody in a group, as the others know him: without a session. */
export type Known = Pick<Joined, 'user' | 'screenName' | 'showID'>

/** What is told of a group: NewMessage or MessageNotification, or a GroupChangeNotice. */
export async function renderNews({ place, entry }: GroupNews, context: RenderContext): Promise<RenderedEntry> {
  if (entry.kind === 'message') {
    const info = groupMessageInfo(entry, place.address)
    return renderMessage(info, entry, useOf(context.session, place), context)
  }
  return { primitive: changeNotice(entry, place.address, context) }
}

/** The MessageInfo of a message to a group: from a screen name, to all. */
export const groupMessageInfo = ({ id, by, facts }: GroupMessage, group: string): ContentTree => ({
  MessageID: id,
  ...factsOf(facts),
  Recipient: { Group: { GroupID: group } },
  Sender: { Group: { ScreenName: screenNameOf(by, group) } },
})

export const screenNameOf = ({ screenName }: Pick<Known, 'screenName'>, group: string): ContentTree => ({
  SName: screenName,
  GroupID: group,
})

function changeNotice(entry: Exclude<LogEntry, GroupMessage>, GroupID: string, context: RenderContext): Element {
  if (entry.kind === 'changed') {
    return element('GroupChangeNotice', {
      GroupID,
      GroupProperties: entry.group && toProperties(entry.group),
      OwnProperties: entry.own && toProperties(entry.own),
    })
  }
  return element('GroupChangeNotice', { GroupID, ...moved(entry, GroupID, context) })
}

/** Who has another screen name has left under the one and come under the other. */
function moved({ kind, by, former, blocked }: Movement, group: string, { session, version, village }: RenderContext) {
  const come = kind !== 'left' ? { Joined: joinedList([by], group, session, version, village.settings) } : {}
  const gone = kind === 'joined' ? undefined : { ...by, screenName: former ?? by.screenName }
  if (!gone) return come
  // 1.3 tells that somebody was put out.
  const name = blocked && isAtLeast(version, '1.3') ? 'LeftBlocked' : 'Left'
  const ScreenName = screenNameOf(gone, group)
  return { ...come, [name]: isAtLeast(version, '1.2') ? { UserList: { ScreenName } } : { ScreenName } }
}

/** Joined users in an answer: screen names in 1.1, from 1.2 on a UserMapList. */
export function joinedUsers(
  users: readonly Known[],
  group: string,
  { session, version, village }: Omit<RenderContext, 'encoding'>,
): ContentTree {
  const list = joinedList(users, group, session, version, village.settings)
  return isAtLeast(version, '1.2') ? list : { UserList: list }
}

/** Joined users in a notice: screen names in 1.1, from 1.2 on a UserMapList. */
const joinedList = (
  users: readonly Known[],
  group: string,
  session: Session,
  version: Version,
  settings: Settings,
): ContentTree =>
  isAtLeast(version, '1.2')
    ? { UserMapList: { UserMapping: { Mapping: users.map((one) => mapping(one, session, settings)) } } }
    : { ScreenName: users.map((one) => screenNameOf(one, group)) }

/** A screen name, and the UserID of whoever shows it (ShowID). */
export const mapping = ({ screenName, user, showID }: Known, session: Session, settings: Settings): ContentTree => ({
  SName: screenName,
  UserID: showID ? spokenAddress(user, session, settings) : undefined,
})
