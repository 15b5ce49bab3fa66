import { randomBytes } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { jsonLog } from './adapters/aws/jsonLog.ts'
import { sealingKeySource } from './adapters/aws/sealingKeys.ts'
import type { Log } from './log.ts'
import { type LoadedSettings, loadSettings } from './settings.ts'
import { dynamoClient, dynamoTable } from './store/dynamoTable.ts'
import { createStore } from './store/store.ts'
import type { Table } from './store/table.ts'
import type { Village } from './village.ts'

/** The service, and what a local stack or an operator's command needs beside it. */
export interface OpenVillage {
  readonly village: Village
  readonly table: Table
  /** To be destroyed in the end. */
  readonly client: DynamoDBClient
}

/** The service over the real world: DynamoDB, the system's clock and its cryptographic randomness. */
export function openVillage({ settings, place }: LoadedSettings, log: Log): OpenVillage {
  const client = dynamoClient(place.dynamodbEndpoint)
  const table = dynamoTable({ name: place.table }, client)
  const village: Village = {
    settings,
    store: createStore(table, randomBytes),
    sealingKeys: sealingKeySource(place),
    now: Date.now,
    random: randomBytes,
    log,
    // This deployment has polling only: what is not there is not offered.
    cirMethods: [],
  }
  return { village, table, client }
}

/**
 * The service as a function of AWS Lambda has it: settings from the environment, a log for CloudWatch.
 *
 * @throws SettingError naming the first value that cannot be used
 */
export function createVillage(environment: NodeJS.ProcessEnv): Village {
  const loaded = loadSettings(environment)
  const log = jsonLog(loaded.place.stage, Date.now, (line) => process.stdout.write(`${line}\n`))
  for (const warning of loaded.warnings) log.warn(warning)
  return openVillage(loaded, log).village
}
