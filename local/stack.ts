import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { gatewayHandler } from '../src/adapters/lambda/gateway.ts'
import { routes } from '../src/adapters/lambda/routes.ts'
import type { Log } from '../src/log.ts'
import type { LoadedSettings } from '../src/settings.ts'
import type { Table } from '../src/store/table.ts'
import type { Village } from '../src/village.ts'
import { openVillage } from '../src/wiring.ts'
import { type Database, startDatabase } from './database.ts'
import { type DataFolder, removeAddress, writeAddress } from './dataFolder.ts'
import { addDemoAccounts, type DemoAccount } from './demoAccounts.ts'
import { type Gateway, type Handlers, startGateway } from './gateway.ts'
import { plainLog } from './log.ts'
import { ensureSealingKeyFile } from './sealingKeyFile.ts'
import { localFolder, localSettings } from './settings.ts'
import { startTimer, type Timer } from './timer.ts'

/** The whole service on this machine. */
export interface Stack {
  /** What a client connects to, without a slash at its end. */
  readonly url: string
  readonly dynamodbUrl: string
  readonly village: Village
  readonly table: Table
  readonly loaded: LoadedSettings
  readonly folder: DataFolder
  readonly timer: Timer
  /** Made at the very first start; empty afterwards. */
  readonly demoAccounts: readonly DemoAccount[]
  /** Sentences for the operator. */
  readonly warnings: readonly string[]
  /** Answers what is under way and closes everything. Once more changes nothing. */
  stop(): Promise<void>
}

export interface StackOptions {
  readonly log?: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Starts database, service, HTTP front and timer.
 *
 * @param environment the settings; ports of 0 take any free one
 * @throws SettingError, StackError with a plain sentence; nothing is left running then
 */
export async function startStack(environment: Environment, options: StackOptions = {}): Promise<Stack> {
  const folder = localFolder(environment)
  const { place } = localSettings(environment, folder, 'http://127.0.0.1')
  const database = await startDatabase(folder, place.dynamodbPort)
  try {
    return await startOver(database, folder, environment, options)
  } catch (error) {
    await database.stop()
    throw error
  }
}

async function startOver(
  database: Database,
  folder: DataFolder,
  environment: Environment,
  { now = Date.now, log = plainLog(now, console.error) }: StackOptions,
): Promise<Stack> {
  const loaded = localSettings(environment, folder, database.url)
  const opened = openVillage(loaded, log)
  const { table, client } = opened
  const village: Village = { ...opened.village, now }
  // The port comes before the key and the accounts: a start that it stops is not the first one.
  const gateway = await startGateway({ handlers: handlersOf(village), port: loaded.place.port, log })
  try {
    const isNewKey = await ensureSealingKeyFile(folder.sealingKeys)
    const isInUse = await hasAccounts(village)
    const demoAccounts = isNewKey && !isInUse ? await addDemoAccounts(village) : []
    await writeAddress(folder, database.url)
    const timer = startTimer(village, table)
    let stopped: Promise<void> | undefined
    return {
      url: gateway.url,
      dynamodbUrl: database.url,
      village,
      table,
      loaded,
      folder,
      timer,
      demoAccounts,
      warnings: [...loaded.warnings, ...(isNewKey && isInUse ? [lostKey(folder)] : [])],
      stop() {
        stopped ??= stop({ gateway, timer, database, folder, client })
        return stopped
      },
    }
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

async function hasAccounts({ store }: Village): Promise<boolean> {
  for await (const _ of store.accounts.all()) return true
  return false
}

function handlersOf(village: Village): Handlers {
  const narrow = routes.map(({ path, only }) => [`POST ${path}`, gatewayHandler(village, only)])
  return { ...Object.fromEntries(narrow), $default: gatewayHandler(village) }
}

const lostKey = ({ sealingKeys }: DataFolder) =>
  `${sealingKeys} was missing, and a new key was made: accounts from before cannot use 4-way login until their passwords are set again.`

interface Parts {
  readonly gateway: Gateway
  readonly timer: Timer
  readonly database: Database
  readonly folder: DataFolder
  readonly client: DynamoDBClient
}

/** Front first: what is under way still needs the database. */
async function stop({ gateway, timer, database, folder, client }: Parts): Promise<void> {
  await gateway.stop()
  await timer.stop()
  await removeAddress(folder)
  client.destroy()
  await database.stop()
}
