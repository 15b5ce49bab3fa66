import { randomBytes } from 'node:crypto'
import { sealingKeySource } from '../src/adapters/aws/sealingKeys.ts'
import type { Log } from '../src/log.ts'
import type { LoadedSettings } from '../src/settings.ts'
import { dynamoTable } from '../src/store/dynamoTable.ts'
import { createStore } from '../src/store/store.ts'
import type { Table } from '../src/store/table.ts'
import type { Village } from '../src/village.ts'

/**
 * The service as src/wiring.ts makes it, for a person at a terminal: with a log of its own instead of one line of JSON for
 * each event, and with the table itself, for what stands in for AWS.
 */
export function openVillage({ settings, place }: LoadedSettings, log: Log): { village: Village; table: Table } {
  const table = dynamoTable({ name: place.table, endpoint: place.dynamodbEndpoint })
  const village: Village = {
    settings,
    store: createStore(table, randomBytes),
    sealingKeys: sealingKeySource(place),
    now: () => Date.now(),
    random: randomBytes,
    log,
    cirMethods: [],
  }
  return { village, table }
}
