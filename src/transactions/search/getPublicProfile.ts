import { CspError } from '../../csp/cspError.ts'
import type { ContentTree } from '../../csp/element.ts'
import { inLots } from '../../presence/lots.ts'
import { profileFor } from '../../search/findUsers.ts'
import { type FoundUser, findUsers, namedUsers } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * GetPublicProfile-Request → GetPublicProfile-Response: what users have said to everybody. Of one who keeps the reader
 * out, as of one who has said nothing, there are no properties.
 */
export const getPublicProfile = transaction({
  request: 'GetPublicProfile-Request',
  versions: ['1.3'],
  session: 'live',

  async handle(context) {
    const texts = namedUsers(context.request)
    if (texts.length === 0) throw new CspError(400, 'GetPublicProfile-Request names nobody')
    const outcome = new Outcome()
    const users = await findUsers(context.village, texts, outcome)
    for (const _ of users) outcome.succeed()
    outcome.check()
    const PublicProfile = await inLots(users, (user) => profileOf(context, user))
    return answer('GetPublicProfile-Response', { Result: outcome.result(), PublicProfile })
  },
})

async function profileOf({ village, live }: LiveContext, user: FoundUser): Promise<ContentTree> {
  const properties = await profileFor(village, live.session, user)
  return {
    UserID: user.address,
    Property: Object.entries(properties).map(([Name, Value]) => ({ Name, Value })),
  }
}
