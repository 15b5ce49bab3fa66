import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import { findGroup } from '../../groups/finding.ts'
import { joinedUnder } from '../../groups/screenNames.ts'
import { inLots } from '../../presence/lots.ts'
import type { Village } from '../../village.ts'
import { findList, findUsers } from '../named.ts'
import { briefly, Outcome } from '../outcome.ts'
import { type LiveContext, transaction } from '../transaction.ts'

/** Ids that one request may name: each is looked up. */
const idsMax = 1000

/**
 * VerifyID-Request → Status: whether there are such users (531, in another domain 516), contact lists of the user (700),
 * groups (800), screen names (800, 901) and domains (516). A list of somebody else is as good as none.
 */
export const verifyId = transaction({
  request: 'VerifyID-Request',
  versions: ['1.2', '1.3'],
  service: 'VRID',
  session: 'live',
  requires: ['IDList'],

  async handle(context) {
    const { village, request } = context
    const ids = request.child('IDList')!
    if (ids.children.every((id) => !id.text && id.children.length === 0))
      throw new CspError(400, 'IDList names nothing')
    if (ids.children.length > idsMax) throw new CspError(402, `More than ${idsMax} ids are named`)
    const outcome = new Outcome()
    for (const _ of await findUsers(village, ids.textsOf('UserID'), outcome)) outcome.succeed()
    await verifyLists(context, ids, outcome)
    await inLots(ids.textsOf('GroupID'), async (text) => {
      if (await findGroup(village, text)) outcome.succeed()
      else outcome.fail(800, 'GroupID', text)
    })
    await inLots(ids.all('ScreenName'), (screenName) => verifyScreenName(village, screenName, outcome))
    for (const domain of ids.textsOf('Domain')) {
      if (domain.toLowerCase() === village.settings.domain) outcome.succeed()
      else outcome.fail(516, 'Domain', domain)
    }
    return briefly('Status', outcome.result())
  },
})

async function verifyLists({ village, live }: LiveContext, ids: Element, outcome: Outcome): Promise<void> {
  const texts = ids.textsOf('ContactList')
  if (texts.length === 0) return
  const { value: access } = await village.store.access.read(live.session.accountId)
  for (const text of texts) {
    try {
      findList(village, live.session, access, text)
      outcome.succeed()
    } catch (error) {
      if (!(error instanceof CspError)) throw error
      outcome.fail(700, 'ContactList', text)
    }
  }
}

async function verifyScreenName(village: Village, screenName: Element, outcome: Outcome): Promise<void> {
  const SName = screenName.textOf('SName') ?? ''
  const GroupID = screenName.textOf('GroupID') ?? ''
  const group = await findGroup(village, GroupID)
  if (group && (await joinedUnder(village, group, SName))) outcome.succeed()
  else outcome.fail(group ? 901 : 800, 'ScreenName', { SName, GroupID })
}
