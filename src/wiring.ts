import { randomBytes } from 'node:crypto'
import { jsonLog } from './adapters/aws/jsonLog.ts'
import { sealingKeySource } from './adapters/aws/sealingKeys.ts'
import { type LoadedSettings, loadSettings } from './settings.ts'
import { dynamoTable } from './store/dynamoTable.ts'
import { createStore } from './store/store.ts'
import type { Village } from './village.ts'

/**
 * The service over the real world: DynamoDB, the system's clock and its cryptographic randomness.
 *
 * @throws SettingError naming the first value that cannot be used
 */
export function createVillage(environment: NodeJS.ProcessEnv): { village: Village; loaded: LoadedSettings } {
  const loaded = loadSettings(environment)
  const { settings, place, warnings } = loaded
  const now = () => Date.now()
  const random = (bytes: number) => randomBytes(bytes)
  const log = jsonLog(place.stage, now, (line) => process.stdout.write(`${line}\n`))
  for (const warning of warnings) log.warn(warning)
  const table = dynamoTable({ name: place.table, endpoint: place.dynamodbEndpoint })
  const village: Village = {
    settings,
    store: createStore(table, random),
    sealingKeys: sealingKeySource(place),
    now,
    random,
    log,
    // This deployment has polling only: what is not there is not offered.
    cirMethods: [],
  }
  return { village, loaded }
}
