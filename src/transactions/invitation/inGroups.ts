import { withScheme } from '../../csp/address.ts'
import type { Element } from '../../csp/element.ts'
import { findGroup, groupKeyIn } from '../../groups/finding.ts'
import type { Group, Joined } from '../../groups/group.ts'
import { eachOnce, joinedNow, ownJoined } from '../../groups/joinedUsers.ts'
import { isNamed, joinedUnder } from '../../groups/screenNames.ts'
import type { Recipient } from '../../messaging/receiving.ts'
import { inLots } from '../../presence/lots.ts'
import type { Session } from '../../session/session.ts'
import type { SentTo } from '../../store/sent.ts'
import type { Village } from '../../village.ts'
import { judgeJoined, namedGroups } from '../namedInGroups.ts'
import type { Outcome } from '../outcome.ts'

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
    const judge = async (one: Joined) => {
      const verdict = await judgeJoined(village, inviter, group, own, one, undefined)
      const as = { SName: one.screenName, GroupID: withScheme(groupId) }
      return typeof verdict === 'number' ? verdict : { ...verdict, as }
    }
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
