import { ofLivingAccounts } from '../../contacts/living.ts'
import type { ContentTree } from '../../csp/element.ts'
import type { Relation } from '../../presence/access.ts'
import { spokenAddress } from '../../presence/addresses.ts'
import { attributesOf } from '../../presence/attributes.ts'
import { inLots } from '../../presence/lots.ts'
import { isStillOpen } from '../../presence/openQuestion.ts'
import type { Question } from '../../presence/questions.ts'
import { namedUsers, userIn } from '../named.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * GetReactiveAuthStatus-Request → GetReactiveAuthStatus-Response (1.2): who has been authorised by an answer, refused, or
 * still waits for one; of the users that are named, or of all. Of those who never asked and were never answered nothing
 * is said.
 */
export const getReactiveAuthStatus = transaction({
  request: 'GetReactiveAuthStatus-Request',
  versions: ['1.2'],
  service: 'GETAUT',
  session: 'live',

  async handle({ village, request, live }) {
    const { session } = live
    const { access } = village.store
    const [questions, relations] = await Promise.all([
      access.questions(session.accountId),
      access.relations(session.accountId),
    ])
    const named = namedUsers(request).map((text) => userIn(village, text))
    const isWanted = ({ user }: { readonly user: string }) => named.length === 0 || named.includes(user)
    const asked = questions.filter(isWanted)
    const areOpen = await inLots(asked, (question) => isStillOpen(village, session, question))
    const open = asked.filter((_, index) => areOpen[index])
    const waiting = new Set(open.map(({ user }) => user))
    const answers = [...relations.values()]
      .map(({ value }) => value)
      .filter((one) => one.answer !== undefined && isWanted(one) && !waiting.has(one.user))
    const said = await ofLivingAccounts(village, answers)
    const addressOf = ({ user }: { readonly user: string }) => spokenAddress(user, session, village.settings)
    return answer('GetReactiveAuthStatus-Response', {
      ReactiveAuthStatusList: {
        ReactiveAuthStatus: [
          ...open.map((one) => ({ UserID: addressOf(one), ...pending(one) })),
          ...said.map((one) => ({ UserID: addressOf(one), ...answered(one) })),
        ],
      },
    })
  },
})

const names = (set: number | undefined): ContentTree | undefined =>
  set === undefined ? undefined : Object.fromEntries(attributesOf(set).map(({ name }) => [name, '']))

const pending = ({ attributes }: Question): ContentTree => ({
  ReactiveAuthState: 'PENDING',
  PresenceSubList: names(attributes),
})

/** What was allowed and cancelled is not allowed: the protocol has no word for it but DENIED. */
const answered = ({ answer: given, answerAttributes }: Relation): ContentTree => ({
  ReactiveAuthState: given === 'GRANTED' ? 'GRANTED' : 'DENIED',
  PresenceSubList: names(answerAttributes),
})
