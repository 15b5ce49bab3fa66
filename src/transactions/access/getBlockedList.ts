import { entityListOf } from '../../contacts/blocking.ts'
import { ofLivingAccounts } from '../../contacts/living.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { answer, transaction } from '../transaction.ts'

/** GetBlockedList-Request → GetBlockedList-Response: who is kept out, who alone is let in, and which of that is in use. */
export const getBlockedList = transaction({
  request: 'GetBlockedList-Request',
  service: 'GLBLU',
  session: 'live',

  async handle({ village, version, live }) {
    const { accountId } = live.session
    const [{ value: access }, found] = await Promise.all([
      village.store.access.read(accountId),
      village.store.access.relations(accountId),
    ])
    const said = [...found.values()].map(({ value }) => value).filter((one) => one.blocked || one.granted)
    const relations = await ofLivingAccounts(village, said)
    const [BlockListInUse, GrantListInUse] = [access.blockListInUse === true, access.grantListInUse === true]
    const list = (side: 'blocked' | 'granted', InUse: boolean) => ({
      InUse,
      EntityList: entityListOf(access, relations, side),
    })
    return answer('GetBlockedList-Response', {
      BlockList: list('blocked', BlockListInUse),
      GrantList: list('granted', GrantListInUse),
      // 1.3 has the switches beside the lists.
      ...(isAtLeast(version, '1.3') && { BlockListInUse, GrantListInUse }),
    })
  },
})
