import { CspError } from '../../csp/cspError.ts'
import { type ContentTree, type Element, element } from '../../csp/element.ts'
import { readGroupProperties } from '../../groups/properties.ts'
import { checkScreenName } from '../../groups/screenNames.ts'
import { inviteIdOf } from '../../invitations/draft.ts'
import { extendConversation as extend } from '../../invitations/extending.ts'
import type { Invited } from '../../invitations/inviting.ts'
import type { Session } from '../../session/session.ts'
import type { Village } from '../../village.ts'
import { findUserRecipients } from '../messaging/recipients.ts'
import { namedUsers, userIn } from '../named.ts'
import { Outcome, withoutDetails } from '../outcome.ts'
import { transaction } from '../transaction.ts'
import { screenNameIn } from './screenName.ts'

/**
 * ExtendConversation-Request → ExtendConversation-Response: makes a private, restricted group of a conversation, which
 * the session joins. All others who are named are members, and invited to it (InviteUser-Request of type EC), whether
 * there or not. The same request once more, under whichever TransactionID, makes no second group; another one under the
 * same ExtendConversationID is refused (423). 814 when the user has too many groups.
 */
export const extendConversation = transaction({
  request: 'ExtendConversation-Request',
  service: 'EXCON',
  versions: ['1.3'],
  session: 'live',
  requires: ['ExtendConversationID'],

  async handle({ village, request, live }) {
    const id = inviteIdOf(request, 'ExtendConversationID')
    const others = othersIn(village, live.session, request)
    const { welcomeNote } = readGroupProperties(request)
    const screenName = screenNameIn(request)
    if (screenName !== undefined) checkScreenName(screenName)
    await live.readStrongly()
    const notices = request.flagOf('SubscribeNotification') === true
    const joining = { notices, ...(screenName !== undefined && { screenName }) }
    const { made, address } = await extend(
      village,
      live.session,
      { id, welcomeNote, joining },
      JSON.stringify(request),
      () => find(village, live.session, others),
    )
    const answer = (Result: ContentTree) =>
      element('ExtendConversation-Response', { ExtendConversationID: id, GroupID: address, Result })
    const result = JSON.parse(made.result) as ContentTree
    return { primitive: answer(result), smaller: answer(withoutDetails(result)) }
  },
})

/** All who are named beside the user of the session, as a Recipient. @throws CspError 400 when that is nobody */
function othersIn(village: Village, { user }: Session, request: Element): Element {
  const isOther = (text: string) => userIn(village, text) !== user
  const partners = request.all('ExtendConversationUser').filter((one) => isOther(one.textOf('UserID') ?? ''))
  const User = [
    ...namedUsers(request)
      .filter(isOther)
      .map((UserID) => ({ UserID })),
    ...partners,
  ]
  const recipient = element('Recipient', { User })
  if (!recipient.all('User').some((one) => one.textOf('UserID') !== undefined))
    throw new CspError(400, 'Nobody is named to talk with')
  return recipient
}

/** @throws CspError 814, or when nobody can be invited */
async function find(village: Village, session: Session, others: Element): Promise<Invited> {
  const outcome = new Outcome()
  const recipients = await findUserRecipients(village, session, others, undefined, outcome)
  const result = outcome.result()
  const owned = await village.store.groups.owned(session.accountId)
  if (owned.length >= village.settings.groupsMax) throw new CspError(814)
  return { recipients, result }
}
