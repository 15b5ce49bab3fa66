import { isListed } from '../contacts/members.ts'
import { clientIdText, storeClientId } from '../csp/clientId.ts'
import type { Element } from '../csp/element.ts'
import { isRefused } from '../presence/access.ts'
import { inLots } from '../presence/lots.ts'
import { liveAmong } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { InboxPage } from '../store/inbox.ts'
import type { SentTo } from '../store/sent.ts'
import { type FoundUser, findLists, findUsers, userIn } from '../transactions/named.ts'
import type { Outcome } from '../transactions/outcome.ts'
import type { Village } from '../village.ts'
import { statesTypes, takesType } from './acceptance.ts'
import type { InboxMessage } from './message.ts'
import { liveClients } from './ringing.ts'

/** Somebody who gets a message, and the order of the last thing in the inbox, milliseconds since 1970. */
export interface Recipient extends SentTo {
  readonly lastOrder: number
}

/** A user who is named, alone or as a member of contact lists. */
interface Named {
  readonly text: string
  readonly to?: InboxMessage['to']
  /** The account that a contact list means: another of that name is somebody else. */
  readonly accountId?: string
}

/**
 * Those to whom a message goes: users, one client of a user, members of contact lists of the sender, each once. Who
 * cannot have it is a failure of its own: unknown 531, another domain 516, a list that there is not 700, a group 800,
 * blocked 532, disabled 534, no live session that takes the content type 415, inbox full 507.
 */
export async function findRecipients(
  village: Village,
  sender: Session,
  recipient: Element,
  contentType: string,
  outcome: Outcome,
): Promise<Recipient[]> {
  failGroups(recipient, outcome)
  const named = new Map<string, Named>()
  const add = (one: Named) => {
    const user = userIn(village, one.text) ?? one.text
    const before = named.get(user)
    // Named in two ways it is the user that is meant.
    named.set(user, before && before.to?.client !== one.to?.client ? { text: one.text } : one)
  }
  for (const one of await listMembers(village, sender, recipient, outcome)) add(one)
  for (const user of recipient.all('User')) {
    const text = user.textOf('UserID')
    if (text !== undefined) add({ text, ...toClient(user.child('ClientID')) })
  }
  const found = await findUsers(
    village,
    [...named.values()].map(({ text }) => text),
    outcome,
  )
  const judged = await inLots(found, async (target): Promise<Recipient | undefined> => {
    const one = named.get(target.user)!
    const verdict =
      one.accountId !== undefined && one.accountId !== target.accountId
        ? 531
        : await recipientFor(village, sender, target, contentType, one.to)
    if (typeof verdict !== 'number') return verdict
    outcome.fail(verdict, 'UserID', target.text)
    return undefined
  })
  const recipients = judged.filter((one) => one !== undefined)
  for (const _ of recipients) outcome.succeed()
  return recipients
}

/** There are no groups yet, so none of them exists. */
function failGroups(recipient: Element, outcome: Outcome): void {
  for (const group of recipient.all('Group')) {
    const screenName = group.child('ScreenName')
    const part = (name: string) => screenName?.textOf(name) ?? ''
    if (screenName) outcome.fail(800, 'ScreenName', { SName: part('SName'), GroupID: part('GroupID') })
    else outcome.fail(800, 'GroupID', group.textOf('GroupID') ?? '')
  }
}

async function listMembers(
  village: Village,
  sender: Session,
  recipient: Element,
  outcome: Outcome,
): Promise<readonly Named[]> {
  const texts = recipient.textsOf('ContactList')
  if (texts.length === 0) return []
  const { access } = village.store
  const lists = findLists(village, sender, (await access.read(sender.accountId)).value, texts, outcome)
  const relations = [...(await access.relations(sender.accountId)).values()]
  // Nobody is on an empty list, and everybody on it gets the message.
  for (const { list } of lists) if (!relations.some((one) => isListed(one, list.id))) outcome.succeed()
  return relations
    .filter((one) => lists.some(({ list }) => isListed(one, list.id)))
    .map(({ value }) => ({ text: value.address, accountId: value.accountId }))
}

/** One client of the user. */
function toClient(clientId: Element | undefined): Pick<Named, 'to'> {
  const client = clientIdText(clientId)
  const stored = storeClientId(clientId)
  return client === undefined || !stored ? {} : { to: { client, clientId: stored } }
}

async function recipientFor(
  village: Village,
  sender: Session,
  { user, accountId, disabled }: FoundUser,
  contentType: string,
  to: Named['to'],
): Promise<Recipient | 415 | 507 | 532 | 534> {
  if (disabled) return 534
  const { access: accessStore, accounts, presence } = village.store
  const [{ access, document }, last] = await Promise.all([
    presence.view(accountId),
    village.store.inbox.last(accountId),
  ])
  if (accountId !== sender.accountId && (access.blockListInUse || access.grantListInUse)) {
    const relation = (await accessStore.relation(accountId, sender.user))?.value
    if (isRefused(access, relation?.accountId === sender.accountId ? relation : undefined)) return 532
  }
  // A client that nobody knows: then it is for the user.
  const meant = to && (await accounts.hasClient(user, accountId, to.client)) ? to : undefined
  const meantAmong = async (strongly: boolean) =>
    (await liveAmong(village, liveClients(document), strongly)).filter(
      ({ client }) => meant === undefined || client === meant.client,
    )
  const sessions = await meantAmong(false)
  const fitting = sessions.filter((session) => takesType(session, contentType))
  // Not before all of them have said what they take; who is offline may come with another client.
  if (refusesType(sessions, contentType) && refusesType(await meantAmong(true), contentType)) return 415
  if (await isFull(village, accountId, last)) return 507
  const some = fitting.length > 0 && fitting.length < sessions.length
  return {
    user,
    accountId,
    number: (last?.number ?? 0) + 1,
    lastOrder: last?.order ?? 0,
    ...(meant && { to: meant }),
    ...(some && { only: fitting.map(({ id }) => id) }),
  }
}

const refusesType = (sessions: readonly Session[], contentType: string): boolean =>
  sessions.length > 0 && sessions.every((session) => statesTypes(session) && !takesType(session, contentType))

/**
 * True when no more messages are kept for an account. They are counted when the numbers of the oldest and the newest say
 * that it may be so; and now and then, since of what comes at the same time several have the same number.
 */
export async function isFull(
  village: Village,
  accountId: string,
  last: { readonly number: number } | undefined,
): Promise<boolean> {
  const { inbox } = village.store
  const most = village.settings.messagesStoredMax
  const newest = last?.number ?? 0
  // The fewer there may be, the less it costs to count them.
  const countedEvery = Math.min(Math.max(most / 32, 1), 32)
  const isByChance = newest * countedEvery >= most && village.random(1)[0]! < 256 / countedEvery
  if (!isByChance && newest < most) return false
  const oldest = isByChance ? undefined : await inbox.first(accountId)
  if (oldest && newest - oldest.number < most - 1) return false
  let count = 0
  let from: string | undefined = ''
  while (from !== undefined && count < most) {
    const now = village.now()
    const page: InboxPage = await inbox.page(accountId, { from, limit: 100, consistent: true, now })
    count += page.entries.filter(({ validUntil }) => validUntil > now).length
    from = page.next
  }
  return count >= most
}
