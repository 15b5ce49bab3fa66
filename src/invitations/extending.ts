import { withScheme } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import { createGroup } from '../groups/creating.ts'
import { findGroup, ownGroupKey } from '../groups/finding.ts'
import type { Group, WelcomeNote } from '../groups/group.ts'
import { type Joining, join } from '../groups/joining.ts'
import { addMember } from '../groups/membership.ts'
import { notifyMakers } from '../groups/notices.ts'
import { privilegeOf } from '../groups/privileges.ts'
import { inLots } from '../presence/lots.ts'
import type { Session } from '../session/session.ts'
import { hash } from '../store/keys.ts'
import type { Village } from '../village.ts'
import type { InvitationDraft } from './draft.ts'
import type { MadeInvitation } from './invitation.ts'
import { decide, giveToAll, type Invited, isYoung } from './inviting.ts'

/** A conversation that is about to become a group. */
export interface Extension {
  /** What its client calls it: the invitations have this for their InviteID. */
  readonly id: string
  readonly welcomeNote?: WelcomeNote | undefined
  /** How its client joins. */
  readonly joining: Omit<Joining, 'address'>
}

/**
 * Makes a group of a conversation, in steps that can be done twice: what is decided is noted like an invitation, and the
 * name of the group follows from that, so that a request that is repeated finds the group that it has made.
 *
 *     what is decided ── group ── members ── its maker joins ── invitations (EC) ── done
 *
 * @param request the request as a text
 * @returns what was decided, and the GroupID
 * @throws CspError 423 when the id stands for something else, 800 when what it has made is gone, and what joining throws
 */
export async function extendConversation(
  village: Village,
  maker: Session,
  { id, welcomeNote, joining }: Extension,
  request: string,
  find: () => Promise<Invited>,
): Promise<{ readonly made: MadeInvitation; readonly address: string }> {
  const validity = village.settings.validity.default
  const made = await decide(village, maker, { inviteId: id, validity }, request, find)
  const address = addressOf(maker, made)
  if (made.done || !isYoung(village, made)) {
    if (!(await findGroup(village, address))) throw new CspError(800)
    return { made, address }
  }
  const group = await makeGroup(village, maker, address, made, welcomeNote)
  await inLots(made.recipients, async (one) => {
    if ((await privilegeOf(village, group, one)) !== undefined) return
    const { user, accountId } = one
    await addMember(village, group, { user, accountId, address: withScheme(user), privilege: 'User' }, maker)
  })
  await join(village, group, maker, { ...joining, address })
  const draft: InvitationDraft = {
    inviteId: id,
    type: 'EC',
    groupId: address,
    validity,
    content: { InviteType: 'EC', GroupID: address, Validity: validity },
  }
  await giveToAll(village, maker, draft, { ...made, room: group.id })
  await notifyMakers(village, group, 'GC', maker)
  await village.store.invitations.finish(maker.accountId, made)
  return { made, address }
}

/** Names are compared without case, so it is written in digits of base 16. */
const addressOf = ({ user }: Session, { secret }: MadeInvitation): string =>
  withScheme(`${user}/~conversation-${Buffer.from(hash(secret, 'conversation')).toString('hex').slice(0, 16)}`)

/** Only those who were in the conversation come in, and it lasts for as long as they can be waited for. */
async function makeGroup(
  village: Village,
  maker: Session,
  address: string,
  { secret }: MadeInvitation,
  welcomeNote: WelcomeNote | undefined,
): Promise<Group> {
  const key = ownGroupKey(village, maker, address)
  const validity = village.settings.validity.default
  const properties = { restricted: true, autoDelete: true, validity, ...(welcomeNote && { welcomeNote }) }
  const created = await createGroup(village, maker, { key, address, properties, request: [secret] })
  // Repeated by another session of the user it is there already.
  const group = created ?? (await findGroup(village, address))
  if (!group) throw new CspError(800)
  return group
}
