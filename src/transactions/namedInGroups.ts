import type { Element } from '../csp/element.ts'
import type { StatusCode } from '../csp/statusCodes.ts'
import type { Group, Joined } from '../groups/group.ts'
import { judgeRecipient, type Recipient } from '../messaging/receiving.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { Outcome } from './outcome.ts'

/** A group in a Recipient, or a user in one by the screen name. */
export interface NamedInGroup {
  /** As written. */
  readonly groupId: string
  /** Absent: all who are joined. */
  readonly name?: string
  readonly fail: (code: StatusCode) => void
}

/** The groups, and the screen names in groups, that a Recipient names. */
export const namedGroups = (recipient: Element, outcome: Outcome): NamedInGroup[] =>
  recipient.all('Group').map((group) => {
    const screenName = group.child('ScreenName')
    const groupId = (screenName ?? group).textOf('GroupID') ?? ''
    if (!screenName) return { groupId, fail: (code) => outcome.fail(code, 'GroupID', groupId) }
    const name = screenName.textOf('SName') ?? ''
    return { groupId, name, fail: (code) => outcome.fail(code, 'ScreenName', { SName: name, GroupID: groupId }) }
  })

/**
 * Judges whether the user of a joined session gets what another in the group sends to the screen name.
 *
 * @param contentType absent for what has no content
 * @returns 901 when the account is gone that has joined, or what judgeRecipient says
 */
export async function judgeJoined(
  village: Village,
  sender: Session,
  group: Group,
  own: Joined,
  { user, accountId }: Joined,
  contentType: string | undefined,
): Promise<Recipient | StatusCode> {
  const account = await village.store.accounts.read(user)
  if (account?.accountId !== accountId) return 901
  const addressee = { user, accountId, disabled: account.disabled ?? false }
  return judgeRecipient(village, sender, addressee, contentType, undefined, { group: group.address, own })
}
