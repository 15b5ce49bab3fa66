import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import { cancelInvitation } from '../../invitations/cancelling.ts'
import { inviteIdOf, noteOf, urlsOf } from '../../invitations/draft.ts'
import type { MadeInvitation } from '../../invitations/invitation.ts'
import type { Session } from '../../session/session.ts'
import type { SentTo } from '../../store/sent.ts'
import type { Village } from '../../village.ts'
import { checkRecipient, namedIn } from '../messaging/recipients.ts'
import { briefly, Outcome } from '../outcome.ts'
import { transaction } from '../transaction.ts'
import { invitedInGroups } from './inGroups.ts'

/**
 * CancelInvite-Request → Status: takes an invitation back, from those who are named or, without a Recipient (1.2 and
 * later), from all. Who was sent it is told (CancelInviteUser-Request); who has answered it is left alone. 423 for an
 * invitation that there is not (any more), and for a user who is not invited by it.
 */
export const cancelInvite = transaction({
  request: 'CancelInvite-Request',
  service: 'CAINV',
  session: 'live',
  requires: ['InviteID'],

  async handle({ village, request, live: { session } }) {
    const note = noteOf(request, 'InviteNote')
    const urls = urlsOf(request)
    const recipient = request.child('Recipient')
    if (recipient) checkRecipient(recipient)
    const made = await village.store.invitations.made(session.accountId, inviteIdOf(request), village.now())
    if (!made) throw new CspError(423)
    const outcome = new Outcome()
    const invited = recipient ? await chosen(village, session, made, recipient, outcome) : made.recipients
    await cancelInvitation(village, session, made, invited, { ...(note !== undefined && { note }), urls })
    return briefly('Status', outcome.result())
  },
})

/** Those of the invited whom the request names. */
async function chosen(
  village: Village,
  session: Session,
  { recipients }: MadeInvitation,
  recipient: Element,
  outcome: Outcome,
): Promise<SentTo[]> {
  const named = await namedIn(village, session, recipient, outcome)
  const users = [...named].flatMap(([user, { text, accountId: meant }]) => {
    const one = recipients.find((each) => each.user === user && (meant ?? each.accountId) === each.accountId)
    if (one) outcome.succeed()
    else outcome.fail(423, 'UserID', text)
    return one ?? []
  })
  return [...new Set([...users, ...invitedInGroups(village, recipients, recipient, outcome)])]
}
