import type { Command } from '../command.ts'
import { columns, pairs } from '../format.ts'
import { findAnyGroup, groupFacts, joinedIn, membersOf, rejectedBy } from '../groups.ts'

export const groupShow: Command = {
  name: 'group show',
  usage: 'GROUPID',
  takes: [1, 1],
  summary: 'shows a group: its properties, its members, who is joined now, and whom it does not let in',
  async run({ village }, { args }) {
    const found = await findAnyGroup(village, args[0]!)
    const group = groupFacts(found)
    const members = await membersOf(village, found)
    const joined = await joinedIn(village, found)
    const rejected = await rejectedBy(village, found)
    const { properties, ...facts } = group
    const lines = [
      ...pairs({ ...facts, ...properties, rejected: rejected.join(' ') || null }),
      '',
      ...table(
        'There are no members.',
        ['MEMBER', 'ACCESS'],
        members.map(({ user, access }) => [user, access]),
      ),
      '',
      ...table(
        'Nobody is joined.',
        ['JOINED', 'SCREEN NAME', 'SESSION', 'SINCE'],
        joined.map(({ user, screenName, session, since }) => [user, screenName, session, since]),
      ),
    ]
    return { data: { group, members, joined, rejected }, lines }
  },
}

const table = (without: string, headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [without] : columns(headings, rows)
