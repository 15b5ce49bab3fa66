import { CspError } from '../../csp/cspError.ts'
import type { ContentTree } from '../../csp/element.ts'
import { requireGroup } from '../../groups/finding.ts'
import { isJoinedAs } from '../../groups/screenNames.ts'
import { type InvitationDraft, parseInvitation } from '../../invitations/draft.ts'
import { type Invited, invite } from '../../invitations/inviting.ts'
import { requireManager } from '../../invitations/membership.ts'
import { checkRecipient, findRecipients } from '../messaging/recipients.ts'
import { briefly } from '../outcome.ts'
import { type LiveContext, transaction } from '../transaction.ts'

/**
 * Invite-Request → Status: invites users, one client of a user, contact lists, several at once. Each gets an
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
  if (group && type === 'GM') await requireManager(village, group, session)
  if (screenName) {
    const ofName = await requireGroup(village, screenName.GroupID)
    if (!(await isJoinedAs(village, ofName, session, screenName.SName)))
      throw new CspError(808, 'ScreenName is not that of this user')
  }
  const found = await findRecipients(village, session, request.child('Recipient')!)
  return { ...found, ...(group && { room: group.id }) }
}
