import { type LoadedSettings, loadSettings } from '../src/settings.ts'
import { type DataFolder, dataFolder } from './dataFolder.ts'
import { localTable } from './table.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What the local stack decides by itself: where its table and its key are. */
const ownNames = [
  'IMPS_TABLE',
  'IMPS_DYNAMODB_ENDPOINT',
  'IMPS_SEALING_KEY_FILE',
  'IMPS_SEALING_KEY_PARAMETER',
] as const

/** The data folder that the settings name. @throws SettingError for the first value that cannot be used */
export const localFolder = (environment: Environment): DataFolder => dataFolder(loadSettings(environment).place.dataDir)

/**
 * The settings of a service over a local stack's data.
 *
 * @param dynamodbUrl the embedded database
 * @throws SettingError for the first value that cannot be used
 */
export function localSettings(environment: Environment, folder: DataFolder, dynamodbUrl: string): LoadedSettings {
  const loaded = loadSettings({
    ...environment,
    IMPS_TABLE: localTable,
    IMPS_DYNAMODB_ENDPOINT: dynamodbUrl,
    IMPS_SEALING_KEY_FILE: folder.sealingKeys,
    IMPS_SEALING_KEY_PARAMETER: undefined,
  })
  const ignored = ownNames.filter((name) => environment[name]?.trim())
  const warnings = ignored.map(
    (name) => `${name}: a local stack has a table and a key of its own and does not look at it.`,
  )
  return { ...loaded, warnings: [...loaded.warnings, ...warnings] }
}
