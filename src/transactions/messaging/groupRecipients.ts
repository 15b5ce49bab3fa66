import { withScheme } from '../../csp/address.ts'
import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import type { StatusCode } from '../../csp/statusCodes.ts'
import { findGroup } from '../../groups/finding.ts'
import type { Group, Joined } from '../../groups/group.ts'
import { ownJoined } from '../../groups/joinedUsers.ts'
import { lastNumber } from '../../groups/log.ts'
import { newGroupMessageId } from '../../groups/messageId.ts'
import { joinedUnder } from '../../groups/screenNames.ts'
import type { Recipient } from '../../messaging/receiving.ts'
import type { Session } from '../../session/session.ts'
import type { SentToGroup } from '../../store/sent.ts'
import type { Village } from '../../village.ts'
import { judgeJoined, namedGroups } from '../namedInGroups.ts'
import type { Outcome } from '../outcome.ts'

/** Groups and screen names that one message may name: each takes several reads. */
const groupsMax = 100

/** What of a Recipient names groups, and users in groups. */
export interface GroupRecipients {
  /** Users by their screen names: a private message, into their inboxes. */
  readonly recipients: readonly Recipient[]
  /** All who are joined: into the logs of the groups. */
  readonly groups: readonly Addressed[]
}

/** A group that a message goes to, as it was read. */
export interface Addressed {
  readonly group: Group
  readonly sent: SentToGroup
}

/**
 * Groups, and users by their screen names in groups, each once. Who sends has to be joined (808). A screen name that
 * nobody has is 901; private messages may be switched off in the group (812) or by the user (813).
 */
export async function findGroupRecipients(
  village: Village,
  sender: Session,
  recipient: Element,
  contentType: string,
  outcome: Outcome,
): Promise<GroupRecipients> {
  const recipients = new Map<string, Recipient>()
  const groups = new Map<string, Addressed>()
  const all = namedGroups(recipient, outcome)
  if (all.length > groupsMax) throw new CspError(402, `More than ${groupsMax} groups and screen names are named`)
  for (const { groupId, name, fail } of all) {
    const group = await findGroup(village, groupId)
    const own = group && (await ownJoined(village, group, sender))
    if (!group || !own) {
      fail(group ? 808 : 800)
      continue
    }
    if (name === undefined) {
      groups.set(group.id, { group, sent: await toAll(village, group, own) })
      outcome.succeed()
      continue
    }
    const private_ = await toOne(village, sender, group, own, name, contentType)
    if (typeof private_ === 'number') fail(private_)
    else {
      const { user } = private_
      recipients.set(user, { ...private_, group: { id: group.id, address: withScheme(groupId), ...names(own, name) } })
      outcome.succeed()
    }
  }
  return { recipients: [...recipients.values()], groups: [...groups.values()] }
}

const names = ({ screenName }: Joined, to: string) => ({ from: screenName, to })

async function toAll(village: Village, group: Group, { screenName, showID }: Joined): Promise<SentToGroup> {
  const after = await lastNumber(village, group)
  const messageId = newGroupMessageId(group, after, village.random)
  return { id: group.id, key: group.key, messageId, after, screenName, showID }
}

async function toOne(
  village: Village,
  sender: Session,
  group: Group,
  own: Joined,
  name: string,
  contentType: string,
): Promise<Recipient | StatusCode> {
  if (!group.privateMessaging) return 812
  const one = await joinedUnder(village, group, name)
  if (!one) return 901
  if (!one.privateMessaging) return 813
  return judgeJoined(village, sender, group, own, one, contentType)
}
