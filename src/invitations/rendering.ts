import { element } from '../csp/element.ts'
import type { RenderContext } from '../delivery/serverTransactions.ts'
import { sentMessages } from '../messaging/inbox.ts'
import type { RenderedEntry } from '../messaging/rendering.ts'
import { spokenAddress } from '../presence/addresses.ts'
import type { InboxInvitation } from './entry.ts'
import { inviteTypeIn } from './invitation.ts'

/**
 * InviteUser-Request, Invite-Response or CancelInviteUser-Request. An invitation that is over by now, answered in another
 * session or cancelled, is void. One that is not is noted as sent before it is, so that of this and a cancellation one
 * knows of the other.
 */
export async function renderInvitation(
  entry: InboxInvitation,
  { village, session }: RenderContext,
): Promise<RenderedEntry | 'void'> {
  const { invitations, inbox } = village.store
  const { key, what, messageId, sender, senderName, content } = entry
  const isFirst = what === 'InviteUser-Request' && !sentMessages(session).has(key)
  if (isFirst && !(await invitations.markSent(session.accountId, messageId))) {
    await inbox.finish(session.accountId, key, village.now())
    return 'void'
  }
  const Sender = senderName
    ? { Group: { ScreenName: { ...senderName } } }
    : { User: { UserID: spokenAddress(sender, session, village.settings) } }
  const { InviteType, ...rest } = content
  const type = typeof InviteType === 'string' ? { InviteType: inviteTypeIn(session.version, InviteType) } : {}
  return { primitive: element(what, { ...rest, ...type, Sender }) }
}
