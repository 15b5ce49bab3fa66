import { removeGroup } from '../../src/groups/removing.ts'
import type { Command } from '../command.ts'
import { findAnyGroup } from '../groups.ts'

export const groupDelete: Command = {
  name: 'group delete',
  usage: 'GROUPID',
  takes: [1, 1],
  summary: 'removes a group, of the service or of a user, and what was said in it; it cannot be undone',
  details: ['Who is joined is told so with the next poll (800).'],
  async run({ village }, { args }) {
    // One that is being removed is gone on with: the command before this may have been broken off.
    const group = await findAnyGroup(village, args[0]!)
    await removeGroup(village, group)
    return { data: { group: group.address, removed: true }, lines: [`${group.address} was removed.`] }
  },
}
