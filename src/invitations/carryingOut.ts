import { entryKey, keyOfMessage, settledAfter } from '../messaging/message.ts'
import { ring } from '../messaging/ringing.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Session } from '../session/session.ts'
import type { Decided } from '../store/invitations.ts'
import type { Village } from '../village.ts'
import type { InboxInvitation } from './entry.ts'
import { toldSince } from './invitation.ts'
import { becomeMember } from './membership.ts'
import { notifyOutcome } from './notices.ts'

/**
 * Does what follows from an invitation that is answered or cancelled, and notes that it is done: whoever repeats the
 * request because its call died does the rest. An answer is told to the inviter. A cancellation is told to the invited,
 * unless no client was ever sent the invitation. What of it has yet to be sent is not sent any more.
 *
 * @param invited whose invitation it is
 * @param by the session that has answered or cancelled it
 * @returns false when nothing was left to do
 */
export async function carryOut(village: Village, invited: Owner, by: Session, decided: Decided): Promise<boolean> {
  if (decided.carriedOut) return false
  const { inbox, invitations } = village.store
  const { id, type, from, sent } = decided
  const isCancelled = decided.outcome.state === 'cancelled'
  if (decided.outcome.state === 'accepted' && type === 'GM') await becomeMember(village, decided, invited, by)
  if (!isCancelled || sent) await tell(village, isCancelled ? invited : from, invited, decided)
  const key = keyOfMessage(id)!
  // It is read first: mostly it is acknowledged already, and a write costs more.
  if (await inbox.read(invited.accountId, key)) await inbox.finish(invited.accountId, key, village.now())
  await notifyOutcome(village, invited, by, decided)
  await invitations.carriedOut(invited.accountId, id)
  return true
}

/** Puts the news into an inbox; the same once more changes nothing. @param reader whose inbox it is */
async function tell(village: Village, reader: Owner, invited: Owner, decided: Decided): Promise<void> {
  const { inbox, invitations } = village.store
  const now = village.now()
  const isLate = now - decided.outcome.at > settledAfter / 2
  if (isLate && (await inbox.isKnown(reader.accountId, newsKey(decided)))) return
  // Under a number of so long ago it might not be found.
  const renewed = isLate ? await invitations.renew(invited.accountId, decided, now) : decided
  if (!renewed?.outcome || renewed.carriedOut) return
  const last = await inbox.last(reader.accountId)
  const news = newsOf(village, invited, renewed as Decided, (last?.number ?? 0) + 1)
  await inbox.put(reader.accountId, news)
  await ring(village, reader, news)
}

const newsKey = ({ id, outcome }: Decided): string => entryKey(outcome.at, `${id}#${outcome.state}`)

function newsOf({ settings }: Village, invited: Owner, decided: Decided, number: number): InboxInvitation {
  const { id, inviteId, type, from, fromName, as, to, validUntil, outcome } = decided
  const { state, at, note, urls, screenName } = outcome
  const common = { kind: 'invitation', key: newsKey(decided), messageId: id, number, told: {} } as const
  if (state === 'cancelled') {
    const content = { InviteID: id, ...(note !== undefined && { InviteNote: note }), ...urlList(urls) }
    const said = { what: 'CancelInviteUser-Request', sender: from.user, content, validUntil } as const
    return {
      ...common,
      ...said,
      since: toldSince(type),
      ...(fromName && { senderName: fromName }),
      ...(to && { to }),
    }
  }
  const senderName = screenName ?? as
  const content = {
    InviteID: inviteId,
    Acceptance: state === 'accepted',
    // 1.3 has another name for it; each version is told the one that it knows.
    ...(note !== undefined && { ResponseNote: note, InviteNote: note }),
  }
  const said = { what: 'Invite-Response', sender: invited.user, content } as const
  return { ...common, ...said, validUntil: at + settings.validity.default * 1000, ...(senderName && { senderName }) }
}

/** An URLList, if there is any. */
export const urlList = (urls: readonly string[] | undefined) =>
  urls && urls.length > 0 ? { URLList: { URL: urls } } : {}
