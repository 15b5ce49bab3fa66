import { restoreClientId } from '../../csp/clientId.ts'
import { pendingJoins, settlePendingGroups } from '../../groups/life.ts'
import { lookForMail } from '../../messaging/ringing.ts'
import { tellQuestions } from '../../presence/questions.ts'
import { negotiateFunctions } from '../../session/negotiated.ts'
import { functionTree } from '../../session/serviceNegotiation.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * Service-Request → Service-Response: which functions the session uses. `Functions` of the answer lists what is wanted
 * and NOT provided; `AllFunctions` what there is. May be repeated; the last one counts. A request that names no
 * functions only asks, and agrees on nothing.
 */
export const service = transaction({
  request: 'Service-Request',
  session: 'live',

  async handle(context) {
    const { village, request, version, live, offered } = context
    const negotiated = negotiateFunctions(request.child('Functions'), context)
    const joins = negotiated && (await pendingJoins(village, { ...live.session, functions: negotiated.functions }))
    const isSettled = joins?.length === 0
    if (negotiated)
      await live.change({ functions: negotiated.functions, ...(isSettled && { groupsPending: undefined }) })
    const isAsked = negotiated !== undefined && (await tellQuestions(village, live.session))
    // What the client has agreed to may be what it had to agree to before it could be told of its messages.
    const hasMail = negotiated !== undefined && (await lookForMail(village, live.session, true))
    live.hasLooked = true
    const hasNews = negotiated !== undefined && (await settlePendingGroups(village, live, joins))
    const answered = answer('Service-Response', {
      ClientID: request.child('ClientID') ?? restoreClientId(live.session.clientId),
      Functions: negotiated && functionTree(negotiated.notProvided, version),
      // COMPAT(Android 1.0): looks into AllFunctions/WVCSPFeat whenever it asked, so it is there even when it is empty.
      AllFunctions: request.flagOf('AllFunctionsRequest')
        ? (functionTree(offered, version) ?? { WVCSPFeat: '' })
        : undefined,
    })
    return { ...answered, waiting: isAsked || hasMail || hasNews }
  },
})
