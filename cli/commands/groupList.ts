import type { Group } from '../../src/groups/group.ts'
import { serviceAccountId } from '../../src/store/groups.ts'
import type { Command } from '../command.ts'
import { columns } from '../format.ts'
import { groupFacts } from '../groups.ts'
import { findAccount } from '../names.ts'

export const groupList: Command = {
  name: 'group list',
  usage: '[--owner NAME]',
  takes: [0, 0],
  summary: 'lists the groups of the service, or those that a user has made',
  options: { owner: { value: 'NAME', help: 'the groups of this user' } },
  async run({ village }, { text }) {
    const owner = text('owner')
    const accountId = owner === undefined ? serviceAccountId : (await findAccount(village, owner)).accountId
    const { groups } = village.store
    const found: Group[] = []
    for (const key of await groups.owned(accountId)) {
      const group = await groups.read(key)
      if (group && (group.owner?.accountId ?? serviceAccountId) === accountId) found.push(group)
    }
    const rows = found.map(groupFacts)
    const lines = columns(
      ['GROUP', 'NAME', 'ACCESS', 'TYPE', 'CREATED'],
      rows.map((one) => [
        one.group,
        one.properties.Name!,
        one.properties.Accesstype!,
        one.properties.Type!,
        one.created,
      ]),
    )
    return { data: { groups: rows }, lines: rows.length > 0 ? lines : ['There are no groups.'] }
  },
}
