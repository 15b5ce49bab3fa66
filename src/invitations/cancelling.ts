import { inLots } from '../presence/lots.ts'
import type { Session } from '../session/session.ts'
import type { Decided } from '../store/invitations.ts'
import type { SentTo } from '../store/sent.ts'
import type { Village } from '../village.ts'
import { carryOut } from './carryingOut.ts'
import { type InvitationOutcome, invitationId, type MadeInvitation } from './invitation.ts'
import { notifyCancelled } from './notices.ts'

/** Takes an invitation back from some of those whom it was for. Who has answered it already is left alone. */
export async function cancelInvitation(
  village: Village,
  inviter: Session,
  made: MadeInvitation,
  invited: readonly SentTo[],
  said: Pick<InvitationOutcome, 'note' | 'urls'>,
): Promise<void> {
  const at = village.now()
  const cancelled = await inLots(invited, async ({ user, accountId }) => {
    const id = invitationId(made, accountId)
    const decided = await village.store.invitations.decide(accountId, id, { state: 'cancelled', at, ...said })
    if (decided?.outcome?.state !== 'cancelled') return false
    return carryOut(village, { user, accountId }, inviter, decided as Decided)
  })
  if (cancelled.includes(true)) await notifyCancelled(village, inviter, made.inviteId)
}
