import { type Check, checks } from '../checks/index.ts'
import type { Command } from '../command.ts'

const marks: Readonly<Record<Check['status'], string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  takes: [0, 0],
  summary: 'looks whether everything is in place: endpoint, table, TTL, index, sealing key, clock, settings',
  async run(connection) {
    const results = await checks(connection)
    const failed = results.some(({ status }) => status === 'fail')
    const lines = results.map(({ check, status, detail }) => `${marks[status]}  ${check.padEnd(11)}  ${detail}`)
    return { data: { ok: !failed, checks: results }, lines, failed }
  },
}
