import { entityListOf } from '../../contacts/blocking.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { inLots } from '../../presence/lots.ts'
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
    // What was said of an account that is gone is void, whoever has its name now.
    const accounts = await inLots(said, ({ user }) => village.store.accounts.read(user))
    const relations = said.filter(({ accountId }, index) => accounts[index]?.accountId === accountId)
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
