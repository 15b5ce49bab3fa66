import { changeRelation } from '../../contacts/changing.ts'
import { CspError } from '../../csp/cspError.ts'
import { notify } from '../../notifications/notify.ts'
import type { Relation } from '../../presence/access.ts'
import { allAttributes, namedAttributes } from '../../presence/attributes.ts'
import { authorisationRequest } from '../../presence/authorisationRequest.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { closeQuestions } from '../../presence/questions.ts'
import { findUsers } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { status, transaction } from '../transaction.ts'

/**
 * PresenceAuth-User → Status: lets a user see the presence, or not, whether or not it has asked. It is the last word: an
 * attribute list for this user is void. What the user is let see is what is listed (1.2), else everything.
 */
export const presenceAuthUser = transaction({
  request: 'PresenceAuth-User',
  versions: ['1.1', '1.2'],
  service: 'REACT',
  session: 'live',
  requires: ['UserID', 'Acceptance'],
  // COMPAT(LWB 050): in either mode, also as if it answered the question's transaction (clients.md 18).
  answers: authorisationRequest.kind,

  async handle({ village, request, version, live }) {
    const { accountId } = live.session
    const acceptance = request.textOf('Acceptance')
    if (!/^[TF]$/i.test(acceptance ?? '')) throw new CspError(402, 'Acceptance is neither T nor F')
    const listed = namedAttributes(request.child('PresenceSubList'), version)
    const outcome = new Outcome()
    const [target] = await findUsers(village, request.textsOf('UserID').slice(0, 1), outcome)
    outcome.check()
    if (!target) throw new CspError(402, 'UserID is empty')
    // Who has asked is gone, and the answer is for nobody else who has the name now.
    const question = await village.store.access.question(accountId, target.user)
    if (question && question.accountId !== target.accountId) {
      await closeQuestions(village, live, [target.user])
      throw new CspError(531)
    }
    const answered = (relation: Relation): Relation => {
      const { attributes: _, notify: __, answerAttributes: ___, ...rest } = relation
      if (request.flagOf('Acceptance') !== true) return { ...rest, answer: 'DENIED' }
      const limited = listed !== undefined && listed !== allAttributes
      return { ...rest, answer: 'GRANTED', ...(limited && { answerAttributes: listed }) }
    }
    await changeAccess(village, live.session, [target.user], async () => {
      await changeRelation(village, accountId, target, answered)
      await closeQuestions(village, live, [target.user])
    })
    await notify(village, live.session, { type: 'AC', users: [target.address] }, live.session.id)
    return status(200)
  },
})
