import type { UserFacts } from '../../src/search/profile.ts'
import { changeFacts, userEntry } from '../../src/search/userDirectory.ts'
import type { Command, Input, Options } from '../command.ts'
import { UsageError } from '../errors.ts'
import { directoryFacts } from '../facts.ts'
import { pairs } from '../format.ts'
import { findAccount } from '../names.ts'

const longest = 100

/** What each option takes; an empty text takes the fact away. */
const texts = {
  'first-name': { fact: 'firstName', is: /./, wants: 'a name' },
  'last-name': { fact: 'lastName', is: /./, wants: 'a name' },
  email: { fact: 'email', is: /^[^\s@]+@[^\s@]+$/, wants: 'an address such as ann@example.org' },
  mobile: { fact: 'mobile', is: /^\+?(?:[ ()./-]*\d){3,20}[ ()./-]*$/, wants: 'a telephone number' },
} as const

const searchable: Readonly<Record<string, boolean | undefined>> = { on: true, off: false, default: undefined }

const options: Options = {
  'first-name': { value: 'TEXT', help: 'first name' },
  'last-name': { value: 'TEXT', help: 'last name' },
  email: { value: 'ADDRESS', help: 'e-mail address' },
  mobile: { value: 'NUMBER', help: 'mobile number; a user whose name is a number has that' },
  searchable: {
    value: 'on|off|default',
    help: 'whether others may find the user by all of this; by default only by what the user says in a public profile',
  },
}

export const accountProfile: Command = {
  name: 'account profile',
  usage:
    'NAME [--first-name TEXT] [--last-name TEXT] [--email ADDRESS] [--mobile NUMBER] [--searchable on|off|default]',
  takes: [1, 1],
  summary: 'shows or changes who a user is, and whether others may find the user in a search',
  details: [
    'Without options it shows what there is. An empty text ("") takes a fact away.',
    'With --searchable on a user is found by name, these facts, the Alias, and the public profile; with off not at all.',
  ],
  options,
  async run({ village }, input) {
    const account = await findAccount(village, input.args[0]!)
    const changed = changesIn(input)
    if (changed) await changeFacts(village, account, changed)
    const facts = { name: account.user, ...directoryFacts(await userEntry(village, account)) }
    return { data: facts, lines: pairs(facts) }
  },
}

/** @throws UsageError for what is none of its kind */
function changesIn(input: Input): UserFacts | undefined {
  const changes: Record<string, string | boolean | undefined> = {}
  for (const [option, { fact, is, wants }] of Object.entries(texts)) {
    const text = input.text(option)?.trim()
    if (text === undefined) continue
    if (text !== '' && (!is.test(text) || text.length > longest || /\p{Cc}/u.test(text)))
      throw new UsageError(`--${option}: "${text}" is not usable; it wants ${wants}, of ${longest} characters at most.`)
    changes[fact] = text || undefined
  }
  const said = input.text('searchable')
  if (said !== undefined) {
    if (!Object.hasOwn(searchable, said)) throw new UsageError('--searchable: it wants on, off or default.')
    changes.searchable = searchable[said]
  }
  return Object.keys(changes).length > 0 ? (changes as UserFacts) : undefined
}
