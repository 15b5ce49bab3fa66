import type { Command } from '../command.ts'
import { type AccountFacts, accountFacts } from '../facts.ts'
import { columns } from '../format.ts'

export const accountList: Command = {
  name: 'account list',
  usage: '',
  takes: [0, 0],
  summary: 'lists all accounts',
  async run({ village }) {
    const accounts: AccountFacts[] = []
    for await (const account of village.store.accounts.all()) accounts.push(accountFacts(village, account))
    accounts.sort((a, b) => (a.name < b.name ? -1 : 1))
    const rows = accounts.map((one) => [
      one.name,
      one.enabled ? 'enabled' : 'disabled',
      one.fourWayLogin ? 'yes' : 'no',
      one.created,
      one.passwordSet,
    ])
    const lines = columns(['NAME', 'STATUS', '4-WAY', 'CREATED', 'PASSWORD SET'], rows)
    return { data: { accounts }, lines: accounts.length > 0 ? lines : ['There are no accounts.'] }
  },
}
