import { inLots } from '../presence/lots.ts'
import type { Decided } from '../store/invitations.ts'
import type { SentTo } from '../store/sent.ts'
import type { Village } from '../village.ts'
import { carryOut } from './carryingOut.ts'
import { type InvitationOutcome, invitationId, type MadeInvitation } from './invitation.ts'

/** Takes an invitation back from some of those whom it was for. Who has answered it already is left alone. */
export async function cancelInvitation(
  village: Village,
  made: MadeInvitation,
  invited: readonly SentTo[],
  said: Pick<InvitationOutcome, 'note' | 'urls'>,
): Promise<void> {
  const at = village.now()
  await inLots(invited, async ({ user, accountId }) => {
    const id = invitationId(made, accountId)
    const decided = await village.store.invitations.decide(accountId, id, { state: 'cancelled', at, ...said })
    if (decided?.outcome?.state === 'cancelled') await carryOut(village, { user, accountId }, decided as Decided)
  })
}
