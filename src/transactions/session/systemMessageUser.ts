import { answerSystemMessage, systemAnswersIn } from '../../delivery/systemAnswers.ts'
import { Outcome } from '../outcome.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * SystemMessage-User → Status: what the user answers to messages of the operator. Each may fail by itself: 404 for what
 * was never sent to this user, 402 for no answer that it has, or another one than the user has given already.
 */
export const systemMessageUser = transaction({
  request: 'SystemMessage-User',
  versions: ['1.3'],
  session: 'live',
  requires: ['SystemMessageResponseList'],

  async handle({ village, request, live }) {
    const outcome = new Outcome()
    for (const one of systemAnswersIn(request.child('SystemMessageResponseList'))) {
      const code = await answerSystemMessage(village, live.session, one)
      if (code === 200) outcome.succeed()
      else outcome.fail(code, 'MessageID', one.id)
    }
    return answer('Status', { Result: outcome.result() })
  },
})
