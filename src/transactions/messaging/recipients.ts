import { isListed } from '../../contacts/members.ts'
import { clientIdText, storeClientId } from '../../csp/clientId.ts'
import { CspError } from '../../csp/cspError.ts'
import type { ContentTree, Element } from '../../csp/element.ts'
import type { OneClient } from '../../messaging/message.ts'
import { judgeRecipient, type Recipient } from '../../messaging/receiving.ts'
import { inLots } from '../../presence/lots.ts'
import type { Session } from '../../session/session.ts'
import type { Village } from '../../village.ts'
import { findLists, findUsers, userIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { findGroupRecipients, type GroupRecipients } from './groupRecipients.ts'

/** A user who is named, alone or as a member of contact lists. */
export interface Named {
  readonly text: string
  readonly to?: OneClient
  /** The account that a contact list means: another of that name is somebody else. */
  readonly accountId?: string
}

/** To whom a message goes, and the Result that tells the sender who cannot have it. */
export interface Recipients {
  readonly recipients: readonly Recipient[]
  readonly groups: GroupRecipients['groups']
  readonly result: ContentTree
}

/** @throws CspError 400 for a Recipient that names nobody */
export function checkRecipient(recipient: Element | undefined): asserts recipient is Element {
  const isSomebody =
    recipient &&
    (recipient.all('User').some((user) => user.textOf('UserID') !== undefined) ||
      recipient.textsOf('ContactList').length > 0 ||
      recipient.all('Group').length > 0)
  if (!isSomebody) throw new CspError(400, 'Recipient names nobody')
}

/**
 * Those whom a Recipient names, by account name: users, one client of a user, members of contact lists of the sender,
 * each once; without groups. Lists that there are not are failures.
 */
export async function namedIn(
  village: Village,
  sender: Session,
  recipient: Element,
  outcome: Outcome,
): Promise<ReadonlyMap<string, Named>> {
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
  return named
}

/**
 * Those to whom a message goes: users, one client of a user, members of contact lists of the sender, each once; groups,
 * and users in groups by their screen names. Who cannot have it is a failure of its own: unknown 531, another domain 516,
 * a list that there is not 700, blocked 532, disabled 534, no live session that takes the content type 415, inbox full 507.
 *
 * @throws CspError when nobody can have it
 */
export async function findRecipients(
  village: Village,
  sender: Session,
  recipient: Element,
  contentType: string,
): Promise<Recipients> {
  const outcome = new Outcome()
  const inGroups = await findGroupRecipients(village, sender, recipient, contentType, outcome)
  const recipients = await findUserRecipients(village, sender, recipient, contentType, outcome)
  const result = outcome.result()
  return { recipients: [...recipients, ...inGroups.recipients], groups: inGroups.groups, result }
}

/** The same of those whom a Recipient names without groups. @param contentType absent: what they get has no content */
export async function findUserRecipients(
  village: Village,
  sender: Session,
  recipient: Element,
  contentType: string | undefined,
  outcome: Outcome,
): Promise<Recipient[]> {
  const named = await namedIn(village, sender, recipient, outcome)
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
        : await judgeRecipient(village, sender, target, contentType, one.to)
    if (typeof verdict !== 'number') return verdict
    outcome.fail(verdict, 'UserID', target.text)
    return undefined
  })
  const recipients = judged.filter((one) => one !== undefined)
  for (const _ of recipients) outcome.succeed()
  return recipients
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
