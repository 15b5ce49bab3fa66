import { withScheme } from '../../csp/address.ts'
import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import { changeGroup } from '../../groups/changing.ts'
import { requireGroup } from '../../groups/finding.ts'
import type { Group } from '../../groups/group.ts'
import { rename, showOwn } from '../../groups/joining.ts'
import { privilegeOf, requirePrivilege } from '../../groups/privileges.ts'
import { readGroupProperties, readOwnProperties } from '../../groups/properties.ts'
import { sayOwn } from '../../groups/saying.ts'
import { type LiveContext, status, transaction } from '../transaction.ts'

/**
 * SetGroupProps-Request → Status: Admins and Mods change what the group is (816 for others), whoever is joined or a
 * member what he has said of it (808). 806 for a property that there is not; then nothing is changed.
 */
export const setGroupProps = transaction({
  request: 'SetGroupProps-Request',
  service: 'SETGP',
  session: 'live',
  requires: ['GroupID'],

  async handle(context) {
    const { village, request, live } = context
    const group = await requireGroup(village, request.textOf('GroupID'))
    const list = request.child('GroupProperties')
    const properties = readGroupProperties(list)
    const own = request.child('OwnProperties')
    readOwnProperties(own)
    if (!list && !own) throw new CspError(400, 'SetGroupProps-Request has no properties')
    if (list) await requirePrivilege(village, group, live.session, 'Mod')
    if (own) await setOwn(context, group, own)
    if (list) await changeGroup(village, group, live.session, properties)
    return status(200)
  },
})

async function setOwn({ village, request, live }: LiveContext, group: Group, list: Element): Promise<void> {
  await live.readStrongly()
  const { session } = live
  const standing = await village.store.rooms.read(group.id, session.id)
  const joined = standing?.id === session.groups?.[group.id]?.id ? standing : undefined
  if (!joined && (await privilegeOf(village, group, session)) === undefined) throw new CspError(808)
  const { screenName, ...said } = readOwnProperties(list)
  const address = withScheme(request.textOf('GroupID')!)
  if (joined && screenName !== undefined && screenName !== joined.screenName)
    await rename(village, group, session, joined, screenName, address)
  await sayOwn(village, session, group, address, screenName === undefined ? said : { ...said, screenName })
  await showOwn(village, group, session, said)
}
