import { userAddress } from '../../src/csp/address.ts'
import type { Group, Privilege } from '../../src/groups/group.ts'
import { addMember, removeMember, setAccess } from '../../src/groups/membership.ts'
import { notifyMakers } from '../../src/groups/notices.ts'
import { operator } from '../../src/groups/operator.ts'
import { isOwner } from '../../src/groups/privileges.ts'
import { putOutUser } from '../../src/groups/puttingOut.ts'
import type { Village } from '../../src/village.ts'
import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { findGroup } from '../groups.ts'
import { findAccount, parseName } from '../names.ts'

/** What a user can be in a group, in lower case; without a privilege no member. */
const accesses: Readonly<Record<string, { readonly name: string; readonly privilege?: Privilege }>> = {
  admin: { name: 'Admin', privilege: 'Admin' },
  mod: { name: 'Mod', privilege: 'Mod' },
  member: { name: 'Member', privilege: 'User' },
  none: { name: 'none' },
}

export const groupMember: Command = {
  name: 'group member',
  usage: 'GROUPID NAME --access Admin|Mod|Member|none',
  takes: [2, 2],
  summary: 'makes a user a member of a group, with more or less to say in it, or no member any more',
  details: [
    'Only members can join a group whose Accesstype is Restricted; who is no member any more is put out of it.',
    'A user who has made a group is its Admin, and stays that.',
  ],
  options: { access: { value: 'Admin|Mod|Member|none', help: 'what the user is from now on' } },
  async run({ village }, { args, text }) {
    const wanted = text('access')?.toLowerCase() ?? ''
    const access = Object.hasOwn(accesses, wanted) ? accesses[wanted] : undefined
    if (!access) throw new UsageError('--access: it wants Admin, Mod, Member or none.')
    const group = await findGroup(village, args[0]!)
    const user = access.privilege
      ? await grant(village, group, args[1]!, access.privilege)
      : await revoke(village, group, args[1]!)
    const what = access.privilege ? access.name : 'no member any more'
    return { data: { group: group.address, user, access: access.name }, lines: [`${user} is ${what}.`] }
  },
}

async function grant(village: Village, group: Group, name: string, privilege: Privilege): Promise<string> {
  const { user, accountId } = await findAccount(village, name)
  if (isOwner(group, { accountId })) {
    if (privilege !== 'Admin') throw stays(user)
    return user
  }
  const member = await village.store.members.find(group.id, { user, accountId })
  if (member?.privilege === privilege) return user
  if (member) {
    if (!(await setAccess(village, group, member, privilege, operator)))
      throw new CommandError('Something else has changed this at the same moment. Try again.')
  } else {
    const address = userAddress(user, village.settings.domain)
    await addMember(village, group, { user, accountId, address, privilege }, operator)
  }
  await notifyMakers(village, group, 'GMU', operator)
  return user
}

/** An account may be gone, and its membership still stand there. */
async function revoke(village: Village, group: Group, name: string): Promise<string> {
  const user = parseName(name, village)
  const { members, accounts } = village.store
  const member = (await members.all(group.id)).find((one) => one.user === user)
  if (!member) {
    const account = await accounts.read(user)
    // A command that has taken the membership away may have been broken off before this.
    if (account && group.restricted && !isOwner(group, account)) await putOutUser(village, group, account, 810)
    throw new CommandError(`${user} is no member of ${group.address}.`)
  }
  if (isOwner(group, member)) throw stays(user)
  await removeMember(village, group, member, member.privilege, operator)
  await notifyMakers(village, group, 'GMU', operator)
  return user
}

const stays = (user: string) => new CommandError(`${user} has made the group, and stays its Admin.`)
