import { CspError } from '../csp/cspError.ts'
import type { ContentTree } from '../csp/element.ts'
import { keyOfMessage, repeatWindow } from '../messaging/message.ts'
import type { Recipient } from '../messaging/receiving.ts'
import { ring } from '../messaging/ringing.ts'
import { isFull } from '../messaging/room.ts'
import { kept } from '../messaging/sending.ts'
import { inLots } from '../presence/lots.ts'
import { randomText } from '../randomText.ts'
import type { Session } from '../session/session.ts'
import { sentHash } from '../store/keys.ts'
import type { SentTo } from '../store/sent.ts'
import type { Village } from '../village.ts'
import type { InvitationDraft } from './draft.ts'
import type { InboxInvitation } from './entry.ts'
import { type Invitation, invitationId, type MadeInvitation, toldSince } from './invitation.ts'

/** To whom an invitation goes, what the inviter is told of that, and the incarnation of the group that it is about. */
export interface Invited {
  readonly recipients: readonly Recipient[]
  readonly result: ContentTree
  readonly room?: string
}

/**
 * Invites: what is decided is noted under the InviteID, then each who is invited gets the invitation, unless it is or was
 * there, then the sessions are told. The same request once more ends where the first would have, and invites nobody
 * anew.
 *
 * @param request the request as a text
 * @throws CspError 423 when the InviteID stands for something else
 */
export async function invite(
  village: Village,
  inviter: Session,
  draft: InvitationDraft,
  request: string,
  find: () => Promise<Invited>,
): Promise<MadeInvitation> {
  const made = await decide(village, inviter, draft, request, find)
  if (isYoung(village, made)) await giveToAll(village, inviter, draft, made)
  return made
}

/** False for what was decided so long ago that whoever repeats the request has nothing left to make good. */
export const isYoung = (village: Village, { at }: MadeInvitation): boolean => village.now() - at < repeatWindow * 1000

/** Each who is invited gets the invitation, unless it is or was there. */
export async function giveToAll(
  village: Village,
  inviter: Session,
  draft: InvitationDraft,
  made: MadeInvitation,
): Promise<void> {
  await inLots(made.recipients, (one) => give(village, inviter, draft, made, one))
}

async function give(
  village: Village,
  inviter: Session,
  draft: InvitationDraft,
  made: MadeInvitation,
  { user, accountId, number, to, as }: SentTo,
): Promise<void> {
  const id = invitationId(made, accountId)
  const { inviteId, type, groupId, screenName, content } = draft
  const { room, validUntil } = made
  const invitation: Invitation = {
    id,
    from: { user: inviter.user, accountId: inviter.accountId },
    inviteId,
    type,
    validUntil,
    ...(screenName && { fromName: screenName }),
    ...(groupId !== undefined && { groupId }),
    ...(room !== undefined && { room }),
    ...(as && { as }),
    ...(to && { to }),
  }
  // Before its news: what is not there counts as over.
  await village.store.invitations.put(accountId, invitation)
  const news: InboxInvitation = {
    kind: 'invitation',
    what: 'InviteUser-Request',
    key: keyOfMessage(id)!,
    messageId: id,
    sender: inviter.user,
    content: { InviteID: id, ...content },
    since: toldSince(type),
    validUntil,
    number,
    told: {},
    ...(screenName && { senderName: screenName }),
    ...(to && { to }),
  }
  await village.store.inbox.put(accountId, news)
  await ring(village, { user, accountId }, news)
}

/** What this request means, or meant when it came before. @throws CspError 423 as invite does */
export async function decide(
  village: Village,
  { accountId }: Session,
  { inviteId, validity }: Pick<InvitationDraft, 'inviteId' | 'validity'>,
  text: string,
  find: () => Promise<Invited>,
): Promise<MadeInvitation> {
  const request = sentHash(text)
  const { invitations, inbox } = village.store
  const now = village.now()
  try {
    const found = await find()
    // Whoever does not fetch answers gets no more of them.
    if (await isFull(village, accountId, await inbox.last(accountId))) throw new CspError(507)
    const secret = randomText(village.random, 12)
    const validUntil = now + validity * 1000
    const { room } = found
    const own = { inviteId, request, secret, validUntil, ...kept(found, now), ...(room !== undefined && { room }) }
    const made = await invitations.claim(accountId, own)
    if (made.request !== request) throw new CspError(423, 'InviteID is in use')
    return made
  } catch (error) {
    // What was said yes to once stays said, whatever has changed since.
    const before = await invitations.made(accountId, inviteId, now)
    if (before?.request !== request) throw error
    return before
  }
}
