import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StackError } from './stackError.ts'

/** What lies in the data folder of a local stack (IMPS_DATA_DIR). All paths are absolute. */
export interface DataFolder {
  readonly path: string
  /** The files of the embedded DynamoDB. */
  readonly database: string
  readonly sealingKeys: string
  /** What a process holds while it has the folder open (lock.ts). */
  readonly lock: string
  /** Where the stack that has the folder open can be reached; only true while the folder is in use. */
  readonly address: string
}

/** @param path as the setting names it, relative to the working directory */
export function dataFolder(path: string): DataFolder {
  const root = resolve(path)
  return {
    path: root,
    database: join(root, 'dynamodb'),
    lock: join(root, 'lock'),
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
