import { notify } from '../notifications/notify.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Session } from '../session/session.ts'
import type { Decided } from '../store/invitations.ts'
import type { Village } from '../village.ts'

/**
 * Notifications (1.3) of what has become of an invitation, each under the InviteID that its reader knows. An answer (IA,
 * IR) is told to the inviter and to the other sessions of who has answered; a cancellation (IC) to the invited. Whoever
 * was never sent the invitation does not hear of its end.
 *
 * @param by the session that has answered or cancelled
 */
export async function notifyOutcome(village: Village, invited: Owner, by: Session, decided: Decided): Promise<void> {
  const { id, inviteId, from, to, sent, outcome } = decided
  const type = outcome.state === 'cancelled' ? 'IC' : outcome.state === 'accepted' ? 'IA' : 'IR'
  if (type !== 'IC') await notify(village, from, { type, inviteId }, by.id)
  // Where one client is invited the others of the user know of nothing.
  if (sent && !to) await notify(village, invited, { type, inviteId: id }, by.id)
}

/** The other sessions of who has cancelled an invitation. */
export const notifyCancelled = (village: Village, by: Session, inviteId: string): Promise<void> =>
  notify(village, by, { type: 'IC', inviteId }, by.id)
