import { withScheme } from '../../csp/address.ts'
import type { Element } from '../../csp/element.ts'
import type { StatusCode } from '../../csp/statusCodes.ts'
import { findGroup, groupKeyIn } from '../../groups/finding.ts'
import type { Group, Joined } from '../../groups/group.ts'
import { eachOnce, joinedNow, ownJoined } from '../../groups/joinedUsers.ts'
import { isNamed, joinedUnder } from '../../groups/screenNames.ts'
import { judgeRecipient, type Recipient } from '../../messaging/receiving.ts'
import { inLots } from '../../presence/lots.ts'
import type { Session } from '../../session/session.ts'
import type { SentTo } from '../../store/sent.ts'
import type { Village } from '../../village.ts'
import type { Outcome } from '../outcome.ts'

/** A group in a Recipient, or a user in one by the screen name. */
interface NamedInGroup {
  readonly groupId: string
  /** Absent: all who are joined. */
  readonly name?: string
  readonly fail: (code: StatusCode) => void
}

const namedGroups = (recipient: Element, outcome: Outcome): NamedInGroup[] =>
  recipient.all('Group').map((group) => {
    const screenName = group.child('ScreenName')
    const groupId = (screenName ?? group).textOf('GroupID') ?? ''
    if (!screenName) return { groupId, fail: (code) => outcome.fail(code, 'GroupID', groupId) }
    const name = screenName.textOf('SName') ?? ''
    return { groupId, name, fail: (code) => outcome.fail(code, 'ScreenName', { SName: name, GroupID: groupId }) }
  })

/**
 * Those who are invited as users in groups, by their screen names: all who are joined, but for the inviter, or one. The
 * inviter has to be joined (808). A screen name that nobody has is 901. Of all in a group nobody is told who cannot have
 * it.
 */
export async function findInGroups(
  village: Village,
  inviter: Session,
  recipient: Element,
  outcome: Outcome,
): Promise<Recipient[]> {
  const found: Recipient[] = []
  for (const { groupId, name, fail } of namedGroups(recipient, outcome)) {
    const group = await findGroup(village, groupId)
    const own = group && (await ownJoined(village, group, inviter))
    if (!group || !own) {
      fail(group ? 808 : 800)
      continue
    }
    const judge = (one: Joined) => judgeJoined(village, inviter, group, own, one, groupId)
    if (name === undefined) {
      const verdicts = await inLots(await others(village, group, inviter), judge)
      found.push(...verdicts.filter((one) => typeof one !== 'number'))
      outcome.succeed()
      continue
    }
    const one = await joinedUnder(village, group, name)
    const verdict = one ? await judge(one) : 901
    if (typeof verdict === 'number') fail(verdict)
    else {
      found.push(verdict)
      outcome.succeed()
    }
  }
  return found
}

/** All who are joined, but for the user of a session. */
async function others(village: Village, group: Group, { accountId }: Session): Promise<Joined[]> {
  const joined = await joinedNow(village, group.id, await village.store.rooms.joined(group.id))
  return eachOnce(joined).filter((one) => one.accountId !== accountId)
}

async function judgeJoined(
  village: Village,
  inviter: Session,
  group: Group,
  own: Joined,
  { user, accountId, screenName }: Joined,
  groupId: string,
): Promise<Recipient | StatusCode> {
  const account = await village.store.accounts.read(user)
  if (account?.accountId !== accountId) return 901
  const addressee = { user, accountId, disabled: account.disabled ?? false }
  const as = { group: group.address, own }
  const verdict = await judgeRecipient(village, inviter, addressee, undefined, undefined, as)
  return typeof verdict === 'number' ? verdict : { ...verdict, as: { SName: screenName, GroupID: withScheme(groupId) } }
}

/** Those of the invited whom a Recipient names in the same way as then. Who is not invited is 423. */
export function invitedInGroups(
  village: Village,
  invited: readonly SentTo[],
  recipient: Element,
  outcome: Outcome,
): SentTo[] {
  return namedGroups(recipient, outcome).flatMap(({ groupId, name, fail }) => {
    const key = groupKeyIn(village, groupId)
    const found = invited.filter(
      ({ as }) =>
        as !== undefined &&
        groupKeyIn(village, as.GroupID) === key &&
        (name === undefined || isNamed({ screenName: as.SName }, name)),
    )
    if (found.length > 0) outcome.succeed()
    else fail(423)
    return found
  })
}
