import { CspError } from '../../csp/cspError.ts'
import { forgetMessages } from '../../delivery/acknowledging.ts'
import { findGroup } from '../../groups/finding.ts'
import { ownJoined } from '../../groups/joinedUsers.ts'
import { isNamed } from '../../groups/screenNames.ts'
import { answerInvitation } from '../../invitations/answering.ts'
import { inviteIdOf, noteOf, screenNameOf } from '../../invitations/draft.ts'
import type { ScreenName } from '../../invitations/entry.ts'
import { sentMessages } from '../../messaging/inbox.ts'
import { keyOfMessage } from '../../messaging/message.ts'
import { type LiveContext, status, transaction } from '../transaction.ts'

/**
 * InviteUser-Response → Status: accepts or declines an invitation; the inviter is told. The first answer counts: the
 * same once more is 200 again, another is refused, as is one to an invitation that is over (423). The Sender is the user
 * of the session, whatever the request says. COMPAT(Android 1.0): `User` in its place (clients.md 18).
 */
export const inviteUserResponse = transaction({
  request: 'InviteUser-Response',
  service: 'INVIT',
  session: 'live',
  requires: ['InviteID', 'Acceptance'],
  // In either mode: in mode Response it acknowledges the invitation that it answers, by the InviteID (clients.md 18).
  answers: 'InviteUser-Request',

  async handle(context) {
    const { village, request, live } = context
    const acceptance = request.textOf('Acceptance')
    if (!/^[TF]$/i.test(acceptance ?? '')) throw new CspError(402, 'Acceptance is neither T nor F')
    const messageId = inviteIdOf(request)
    const note = noteOf(request, 'ResponseNote') ?? noteOf(request, 'InviteNote')
    const screenName = await ownScreenName(context)
    await answerInvitation(village, live.session, messageId, {
      state: request.flagOf('Acceptance') ? 'accepted' : 'declined',
      ...(note !== undefined && { note }),
      ...(screenName && { screenName }),
    })
    // It is answered, so it need not be acknowledged any more.
    const key = keyOfMessage(messageId)!
    if (sentMessages(live.session).has(key)) await forgetMessages(live, [{ key, messageId }], { acknowledges: true })
    return status(200)
  },
})

/** A screen name is told in place of the user where the user has it; another one says nothing. */
async function ownScreenName({ village, request, live }: LiveContext): Promise<ScreenName | undefined> {
  const screenName = screenNameOf(request)
  const group = screenName && (await findGroup(village, screenName.GroupID))
  const own = group && (await ownJoined(village, group, live.session))
  return own && isNamed(own, screenName!.SName) ? screenName : undefined
}
