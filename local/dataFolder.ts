import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { StackError } from './stackError.ts'

/** What lies in the data folder of a local stack (IMPS_DATA_DIR). All paths are absolute. */
export interface DataFolder {
  readonly path: string
  /** The files of the embedded DynamoDB. */
  readonly database: string
  readonly sealingKeys: string
  /** Where the stack that has the folder open can be reached; only true while the folder is in use. */
  readonly address: string
}

/** @param path as the setting names it, relative to the working directory */
export function dataFolder(path: string): DataFolder {
  const root = resolve(path)
  return {
    path: root,
    database: join(root, 'dynamodb'),
    sealingKeys: join(root, 'sealing-keys.json'),
    address: join(root, 'stack.json'),
  }
}

/** True when a stack has ever stored something in the folder. */
export const hasData = ({ database }: DataFolder): Promise<boolean> =>
  stat(database).then(
    (found) => found.isDirectory(),
    () => false,
  )

/**
 * Makes the folder, readable for its owner alone: it holds passwords' hashes and the sealing key.
 *
 * @throws StackError when it cannot be made
 */
export async function makeFolder({ path, database }: DataFolder): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await mkdir(database, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StackError(`The data folder ${path} cannot be made (${(error as Error).message}); see IMPS_DATA_DIR.`)
  }
}

interface LevelDatabase {
  open(): Promise<void>
  close(): Promise<void>
}

/**
 * True when a process has the folder's data open: a running stack, or a command at work. The system itself holds that lock,
 * so a crash leaves none behind.
 *
 * @throws StackError when the data cannot be opened at all
 */
export async function isInUse({ database }: DataFolder): Promise<boolean> {
  // dynalite opens its files when first asked for an item and hides why that failed, so its library is asked beforehand.
  const require = createRequire(createRequire(import.meta.url).resolve('dynalite'))
  const { Level } = require('level') as { Level: new (path: string) => LevelDatabase }
  const probe = new Level(database)
  try {
    await probe.open()
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause
    if (cause?.code === 'LEVEL_LOCKED') return true
    throw new StackError(
      `The data in ${database} cannot be opened: ${cause?.message ?? (error as Error).message}. See IMPS_DATA_DIR.`,
    )
  }
  await probe.close()
  return false
}

/** Notes where the stack that has the folder open can be reached, for the operator's command. */
export const writeAddress = ({ address }: DataFolder, dynamodbUrl: string): Promise<void> =>
  writeFile(address, `${JSON.stringify({ dynamodbUrl })}\n`, { mode: 0o600 })

export const removeAddress = ({ address }: DataFolder): Promise<void> => rm(address, { force: true })

/** @returns the address of the stack's DynamoDB; undefined when there is no note of it */
export async function readAddress({ address }: DataFolder): Promise<string | undefined> {
  try {
    const { dynamodbUrl } = JSON.parse(await readFile(address, 'utf8')) as { dynamodbUrl?: unknown }
    return typeof dynamodbUrl === 'string' ? dynamodbUrl : undefined
  } catch {
    return undefined
  }
}
