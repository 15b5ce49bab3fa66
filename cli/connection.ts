import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DataFolder } from '../local/dataFolder.ts'
import { silentLog } from '../local/log.ts'
import { type LoadedSettings, loadSettings } from '../src/settings.ts'
import type { Village } from '../src/village.ts'
import { openVillage } from '../src/wiring.ts'
import { UsageError } from './errors.ts'
import { connectLocally } from './localConnection.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The service that a command works on. */
export interface Connection {
  readonly village: Village
  readonly loaded: LoadedSettings
  readonly client: DynamoDBClient
  /** With --local: the stack's folder, and whether the stack is running now. */
  readonly local?: { readonly folder: DataFolder; readonly isRunning: boolean }
  close(): Promise<void>
}

/** Where the operator says that the service is. */
export interface Target {
  readonly local: boolean
  readonly table?: string
  readonly keyParameter?: string
}

/**
 * Opens the service where the operator says it is. Nothing is asked of AWS yet.
 *
 * @throws UsageError when that is not said, CommandError when it is not there, SettingError
 */
export async function connect({ local, table, keyParameter }: Target, environment: Environment): Promise<Connection> {
  if (local) {
    if (table || keyParameter)
      throw new UsageError('--local has its own table and key: leave --table and --key-parameter out.')
    return connectLocally(environment)
  }
  if (!table && !environment.IMPS_TABLE?.trim()) {
    throw new UsageError('Which service? --local is the one on this machine, --table NAME (or IMPS_TABLE) one on AWS.')
  }
  const loaded = loadSettings({
    ...environment,
    ...(table && { IMPS_TABLE: table }),
    ...(keyParameter && { IMPS_SEALING_KEY_PARAMETER: keyParameter, IMPS_SEALING_KEY_FILE: undefined }),
  })
  const { village, client } = openVillage(loaded, silentLog)
  return { village, loaded, client, close: async () => client.destroy() }
}
