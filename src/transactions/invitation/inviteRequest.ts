import { CspError } from '../../csp/cspError.ts'
import type { ContentTree } from '../../csp/element.ts'
import { requireGroup } from '../../groups/finding.ts'
import { ownJoined } from '../../groups/joinedUsers.ts'
import { requirePrivilege } from '../../groups/privileges.ts'
import { isNamed } from '../../groups/screenNames.ts'
import { type InvitationDraft, parseInvitation } from '../../invitations/draft.ts'
import { type Invited, invite } from '../../invitations/inviting.ts'
import { checkRecipient, findUserRecipients } from '../messaging/recipients.ts'
import { briefly, Outcome } from '../outcome.ts'
import { type LiveContext, transaction } from '../transaction.ts'
import { findInGroups } from './inGroups.ts'

/**
 * Invite-Request → Status: invites users, one client of a user, contact lists, all who are joined in a group, users by
 * their screen names, several at once. Each gets an
 * InviteUser-Request, whether there or not, for as long as the invitation is good. The same request once more, under
 * whichever TransactionID, invites nobody anew; another one under the same InviteID is refused (423).
 */
export const inviteRequest = transaction({
  request: 'Invite-Request',
  service: 'INVIT',
  session: 'live',
  requires: ['InviteID', 'InviteType', 'Recipient'],

  async handle(context) {
    const { village, request, version, live } = context
    const draft = parseInvitation(request, version, village.settings)
    checkRecipient(request.child('Recipient'))
    const made = await invite(village, live.session, draft, JSON.stringify(request), () => find(context, draft))
    const isForSender = made.recipients.some(({ accountId }) => accountId === live.session.accountId)
    return { ...briefly('Status', JSON.parse(made.result) as ContentTree), waiting: isForSender }
  },
})

/** @throws CspError 800, 816, 808, or when nobody can be invited */
async function find(
  { village, request, live: { session } }: LiveContext,
  { type, groupId, screenName }: InvitationDraft,
): Promise<Invited> {
  const group = groupId === undefined ? undefined : await requireGroup(village, groupId)
  if (group && type === 'GM') await requirePrivilege(village, group, session, 'Mod')
  if (screenName) {
    const ofName = await requireGroup(village, screenName.GroupID)
    const own = await ownJoined(village, ofName, session)
    if (!own || !isNamed(own, screenName.SName)) throw new CspError(808, 'ScreenName is not that of this user')
  }
  const outcome = new Outcome()
  const recipient = request.child('Recipient')!
  const users = await findUserRecipients(village, session, recipient, undefined, outcome)
  const inGroups = await findInGroups(village, session, recipient, outcome)
  // Who is named as a user and in a group is invited once.
  const recipients = [...new Map([...inGroups, ...users].map((one) => [one.accountId, one])).values()]
  return { recipients, result: outcome.result(), ...(group && { room: group.id }) }
}
