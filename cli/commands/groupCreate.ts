import { withScheme } from '../../src/csp/address.ts'
import { createServiceGroup } from '../../src/groups/creating.ts'
import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { propertyOptions, readProperties } from '../groupProperties.ts'
import { groupFacts, parseGroup } from '../groups.ts'

export const groupCreate: Command = {
  name: 'group create',
  usage: 'GROUPID [--property NAME=VALUE …] [--welcome TEXT] [--history]',
  takes: [1, 1],
  summary: 'makes a group of the service, such as wv:/lobby, which no user owns',
  details: [
    'Properties: Name, Topic, Accesstype (Open or Restricted), Type (Public or Private), PrivateMessaging, Searchable,',
    'AutoDelete, History (T or F), MaxActiveUsers, Validity (numbers). It is open and Public unless something else is said.',
    'Nobody is a member, or Admin, until group member makes somebody one. Groups of users are made by their clients.',
  ],
  options: propertyOptions,
  async run({ village }, input) {
    const [text] = input.args
    const key = parseGroup(text!, village)
    if (!key.startsWith('/')) throw new UsageError(`"${text}" is a user's; a group of the service is wv:/lobby, say.`)
    const address = withScheme(text!)
    const group = await createServiceGroup(village, { key, address, properties: readProperties(input) })
    if (!group) throw new CommandError(`There is a group wv:${key} already.`)
    return { data: { group: groupFacts(group) }, lines: [`${address} was made.`] }
  },
}
