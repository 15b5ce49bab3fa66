import { changeSubscribed } from '../../notifications/subscription.ts'
import { alwaysSent } from '../../notifications/types.ts'
import { transaction } from '../transaction.ts'
import { askedNotifications, outcomeOf } from './asked.ts'

/**
 * UnsubscribeNotification-Request → Status: of which events the session is not told any more. What it was not told of
 * anyway is no error. Only ANU comes all the same.
 */
export const unsubscribeNotification = transaction({
  request: 'UnsubscribeNotification-Request',
  versions: ['1.3'],
  session: 'live',
  requires: ['NotificationTypeList'],

  async handle({ village, request, live }) {
    const { set, isCleared, others } = askedNotifications(request)
    const refused = others.filter((code) => code.toUpperCase() === alwaysSent)
    const isAlone = refused.length === others.length && set === 0 && !isCleared
    const answer = outcomeOf(!isAlone, refused, 'Sent whether it is subscribed to or not')
    await changeSubscribed(village, live, (before) => before & ~set)
    return answer
  },
})
