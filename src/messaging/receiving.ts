import type { Joined } from '../groups/group.ts'
import { isRefused } from '../presence/access.ts'
import type { Owner } from '../presence/subscription.ts'
import { liveAmong } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { SentTo } from '../store/sent.ts'
import type { Village } from '../village.ts'
import { statesTypes, takesType } from './acceptance.ts'
import type { OneClient } from './message.ts'
import { liveClients } from './ringing.ts'
import { isFull } from './room.ts'

/** An account that a message is for. */
export interface Addressee extends Owner {
  readonly disabled: boolean
}

/** Somebody who gets a message, and the order of the last thing in the inbox, milliseconds since 1970. */
export interface Recipient extends SentTo {
  readonly lastOrder: number
}

/**
 * Judges whether an account gets a message, and how.
 *
 * @param contentType absent: what it gets has no content
 * @param to the one client that is meant
 * @param as the group in which both are joined, and who the sender is there
 * @returns 534 for a disabled account, 532 when it keeps the sender out, 415 when no live session takes the content, 507
 *   when its inbox is full
 */
export async function judgeRecipient(
  village: Village,
  sender: Session,
  { user, accountId, disabled }: Addressee,
  contentType: string | undefined,
  to: OneClient | undefined,
  as?: { readonly group: string; readonly own: Pick<Joined, 'screenName'> },
): Promise<Recipient | 415 | 507 | 532 | 534> {
  if (disabled) return 534
  const { access: accessStore, accounts, presence } = village.store
  const [{ access, document }, last] = await Promise.all([
    presence.view(accountId),
    village.store.inbox.last(accountId),
  ])
  if (accountId !== sender.accountId && (access.blockListInUse || access.grantListInUse)) {
    const relation = (await accessStore.relation(accountId, sender.user))?.value
    if (isRefused(access, relation?.accountId === sender.accountId ? relation : undefined, as && namedAs(as)))
      return 532
  }
  // A client that nobody knows: then it is for the user.
  const meant = to && (await accounts.hasClient(user, accountId, to.client)) ? to : undefined
  const meantAmong = async (strongly: boolean) =>
    (await liveAmong(village, liveClients(document), strongly)).filter(
      ({ client }) => meant === undefined || client === meant.client,
    )
  const takers = contentType === undefined ? {} : await takersOf(contentType, meantAmong)
  if (takers === 415) return 415
  if (await isFull(village, accountId, last)) return 507
  return {
    user,
    accountId,
    number: (last?.number ?? 0) + 1,
    lastOrder: last?.order ?? 0,
    ...(meant && { to: meant }),
    ...takers,
  }
}

/** The only ones, of the live sessions, that take a content type, where others do not; 415 when none does. */
async function takersOf(
  contentType: string,
  liveSessions: (strongly: boolean) => Promise<Session[]>,
): Promise<Pick<Recipient, 'only'> | 415> {
  const sessions = await liveSessions(false)
  // Not before all of them have said what they take; who is offline may come with another client.
  if (refusesType(sessions, contentType) && refusesType(await liveSessions(true), contentType)) return 415
  const fitting = sessions.filter((session) => takesType(session, contentType))
  return fitting.length > 0 && fitting.length < sessions.length ? { only: fitting.map(({ id }) => id) } : {}
}

const namedAs = ({ group, own }: { readonly group: string; readonly own: Pick<Joined, 'screenName'> }) => ({
  group,
  screenName: own.screenName,
})

const refusesType = (sessions: readonly Session[], contentType: string): boolean =>
  sessions.length > 0 && sessions.every((session) => statesTypes(session) && !takesType(session, contentType))
