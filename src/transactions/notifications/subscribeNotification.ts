import { changeSubscribed } from '../../notifications/subscription.ts'
import { alwaysSent, noNotifications } from '../../notifications/types.ts'
import { transaction } from '../transaction.ts'
import { askedNotifications, outcomeOf } from './asked.ts'

/**
 * SubscribeNotification-Request → Status: of which events the session is told from now on, besides those that it is told
 * of already. DoNotNotify takes all of them back first. ANU comes anyway. What is never sent here is refused, and keeps
 * nothing else from being subscribed to (201).
 */
export const subscribeNotification = transaction({
  request: 'SubscribeNotification-Request',
  versions: ['1.3'],
  session: 'live',
  requires: ['NotificationTypeList'],

  async handle({ village, request, live }) {
    const { set, isCleared, others } = askedNotifications(request)
    const refused = others.filter((code) => code.toUpperCase() !== alwaysSent)
    const done = set !== noNotifications || isCleared || refused.length < others.length
    const answer = outcomeOf(done, refused, 'Never sent by this service')
    await changeSubscribed(village, live, (before) => (isCleared ? set : before | set))
    return answer
  },
})
