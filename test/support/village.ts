import { scryptSync } from 'node:crypto'
import type { Account } from '../../src/accounts/account.ts'
import { newSealingKeys, parseSealingKeys, seal } from '../../src/accounts/sealing.ts'
import type { Log } from '../../src/log.ts'
import { loadSettings } from '../../src/settings.ts'
import { createStore } from '../../src/store/store.ts'
import type { Table } from '../../src/store/table.ts'
import type { Village } from '../../src/village.ts'
import { type Clock, createClock } from './clock.ts'
import { createMemoryTable } from './memoryTable.ts'
import { createRandomBytes } from './random.ts'

export interface LogLine {
  readonly event: string
  readonly fields?: unknown
}

export interface TestVillage extends Village {
  readonly clock: Clock
  /** Everything that was logged: errors by their message. */
  readonly lines: LogLine[]
  /** Another village over the same world: other settings, or a table with faults in front. */
  readonly with: (change: { table?: Table; environment?: Record<string, string> }) => TestVillage
}

export interface TestVillageOptions {
  readonly environment?: Record<string, string>
  readonly table?: Table
  readonly clock?: Clock
  readonly seed?: string
}

/** The service over a table in memory, a clock that stands still and randomness that repeats. */
export function createTestVillage({
  environment = {},
  table = createMemoryTable(),
  clock = createClock(),
  seed = 'village',
}: TestVillageOptions = {}): TestVillage {
  const random = createRandomBytes(seed)
  const keys = parseSealingKeys(newSealingKeys(createRandomBytes(`${seed} keys`)))
  const lines: LogLine[] = []
  return build(environment, table)

  function build(environment: Record<string, string>, table: Table): TestVillage {
    return {
      settings: loadSettings(environment).settings,
      store: createStore(table, random),
      sealingKeys: async () => keys,
      now: clock.now,
      random,
      log: recordingLog(lines),
      cirMethods: [],
      clock,
      lines,
      with: (change) => build(change.environment ?? environment, change.table ?? table),
    }
  }
}

const recordingLog = (lines: LogLine[]): Log => ({
  info: (event, fields) => lines.push({ event, fields }),
  warn: (event, fields) => lines.push({ event, fields }),
  error: (event, error, fields) =>
    lines.push({
      event,
      fields: { ...fields, error: error instanceof Error ? `${error.name}: ${error.message}` : error },
    }),
  metric: () => {},
})

/** An account whose password costs next to nothing to check, for tests that log in by the thousand. */
export async function addCheapAccount(village: Village, user: string, password: string): Promise<Account> {
  const accountId = Buffer.from(village.random(12)).toString('base64url')
  const cost = { N: 2, r: 1, p: 1 }
  const account: Account = {
    user,
    accountId,
    password: {
      scheme: 'scrypt',
      ...cost,
      salt: 'c2FsdA==',
      hash: scryptSync(password, 'salt', 16, cost).toString('base64'),
    },
    sealed: seal(password, accountId, await village.sealingKeys(), village.random),
    createdAt: village.now(),
    passwordSetAt: village.now(),
  }
  await village.store.accounts.create(account)
  return account
}
