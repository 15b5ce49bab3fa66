import { setTimeout as sleep } from 'node:timers/promises'
import { dataFolderHeader, startDatabase } from '../local/database.ts'
import { type DataFolder, dataFolder, hasData, readAddress } from '../local/dataFolder.ts'
import { silentLog } from '../local/log.ts'
import { localFolder, localSettings } from '../local/settings.ts'
import { DataInUse, StackError } from '../local/stackError.ts'
import { loadSettings } from '../src/settings.ts'
import { openVillage } from '../src/wiring.ts'
import type { Connection, Environment } from './connection.ts'
import { CommandError } from './errors.ts'

/** How often, and how many milliseconds apart, data are tried that another command has open. */
const patience = { tries: 100, pause: 100 }

/**
 * Opens a local stack's data: through the stack while it runs, by itself otherwise.
 *
 * @throws CommandError when there are none, or they stay in use
 */
export async function connectLocally(environment: Environment): Promise<Connection> {
  const folder = localFolder(environment)
  const { dynamodbPort } = loadSettings(environment).place
  for (let attempt = 0; attempt < patience.tries; attempt++) {
    const running = await runningStack(environment, folder, dynamodbPort)
    if (running) return attach(environment, running.folder, running.url)
    if (!(await hasData(folder))) {
      throw new CommandError(`No local stack is running, and there are no data in ${folder.path}. Start it: npm start`)
    }
    const opened = await openClosed(environment, folder)
    if (opened) return opened
    await sleep(patience.pause)
  }
  throw new CommandError(`The data in ${folder.path} are in use by another command. Try again.`)
}

interface RunningStack {
  readonly url: string
  readonly folder: DataFolder
}

/**
 * The stack that answers at the set port, or the one that has noted its address in the folder. Whoever names a folder means
 * the stack on that folder and no other.
 */
async function runningStack(
  environment: Environment,
  folder: DataFolder,
  port: number,
): Promise<RunningStack | undefined> {
  const namesFolder = Boolean(environment.IMPS_DATA_DIR?.trim())
  for (const url of [port > 0 ? `http://127.0.0.1:${port}` : undefined, await readAddress(folder)]) {
    const path = url && (await folderBehind(url))
    if (url && path && (!namesFolder || path === folder.path)) return { url, folder: dataFolder(path) }
  }
  return undefined
}

/** @returns the path of the data folder of the local stack at an address; undefined when none answers there */
async function folderBehind(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { method: 'GET', signal: AbortSignal.timeout(1000) })
    await answer.body?.cancel()
    const path = answer.headers.get(dataFolderHeader)
    return path === null ? undefined : decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function attach(environment: Environment, folder: DataFolder, url: string): Connection {
  const loaded = localSettings(environment, folder, url)
  const { village, client } = openVillage(loaded, silentLog)
  return { village, loaded, client, local: { folder, isRunning: true }, close: async () => client.destroy() }
}

/** @returns undefined while another process has the data */
async function openClosed(environment: Environment, folder: DataFolder): Promise<Connection | undefined> {
  const database = await startDatabase(folder, 0).catch((error) => {
    if (error instanceof DataInUse) return undefined
    if (error instanceof StackError) throw new CommandError(error.message)
    throw error
  })
  if (!database) return undefined
  const connection = attach(environment, folder, database.url)
  return {
    ...connection,
    local: { folder, isRunning: false },
    async close() {
      await connection.close()
      await database.stop()
    },
  }
}
