import { CspError } from '../csp/cspError.ts'
import { isForOther, keyOfMessage } from '../messaging/message.ts'
import type { Session } from '../session/session.ts'
import type { Decided } from '../store/invitations.ts'
import type { Village } from '../village.ts'
import { carryOut } from './carryingOut.ts'
import type { Invitation, InvitationOutcome } from './invitation.ts'
import { checkMembership } from './membership.ts'

/**
 * Answers an invitation, once and for all: one write decides. The same answer once more is none, but does what a call
 * that died has left undone.
 *
 * @param id what the invited calls it
 * @throws CspError 423 when it is not (any more) open to such an answer
 */
export async function answerInvitation(
  village: Village,
  session: Session,
  id: string,
  { state, ...said }: Omit<InvitationOutcome, 'at'>,
): Promise<void> {
  const { user, accountId } = session
  const { invitations } = village.store
  const now = village.now()
  const found = keyOfMessage(id) === undefined ? undefined : await invitations.read(accountId, id)
  if (!found || found.validUntil <= now || isForOther(session, found)) throw new CspError(423)
  if (!found.outcome) await checkStands(village, found)
  const decided = found.outcome ? found : await invitations.decide(accountId, id, { state, at: now, ...said })
  if (decided?.outcome?.state !== state) throw new CspError(423)
  await carryOut(village, { user, accountId }, session, decided as Decided)
}

/** @throws CspError 423 when nobody stands by it any more */
async function checkStands(village: Village, invitation: Invitation): Promise<void> {
  const { user, accountId } = invitation.from
  if ((await village.store.accounts.read(user))?.accountId !== accountId) throw new CspError(423)
  if (invitation.type === 'GM') await checkMembership(village, invitation)
}
