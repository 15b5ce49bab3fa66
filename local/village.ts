import { randomBytes } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { sealingKeySource } from '../src/adapters/aws/sealingKeys.ts'
import type { Log } from '../src/log.ts'
import type { LoadedSettings } from '../src/settings.ts'
import { dynamoClient, dynamoTable } from '../src/store/dynamoTable.ts'
import { createStore } from '../src/store/store.ts'
import type { Table } from '../src/store/table.ts'
import type { Village } from '../src/village.ts'

/** The service, and what stands in for AWS or looks after it needs besides. */
export interface OpenVillage {
  readonly village: Village
  readonly table: Table
  /** To be destroyed in the end. */
  readonly client: DynamoDBClient
}

/**
 * The service as src/wiring.ts makes it, for a person at a terminal: with a log of its own instead of one line of JSON for
 * each event, and with the table itself.
 */
export function openVillage({ settings, place }: LoadedSettings, log: Log): OpenVillage {
  const client = dynamoClient(place.dynamodbEndpoint)
  const table = dynamoTable({ name: place.table }, client)
  const village: Village = {
    settings,
    store: createStore(table, randomBytes),
    sealingKeys: sealingKeySource(place),
    now: () => Date.now(),
    random: randomBytes,
    log,
    cirMethods: [],
  }
  return { village, table, client }
}
