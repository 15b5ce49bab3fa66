import { createRequire } from 'node:module'
import type { DataFolder } from './dataFolder.ts'
import { StackError } from './stackError.ts'

/** The right to open a data folder's database; one process has it at a time. */
export interface Lock {
  release(): Promise<void>
}

interface LevelDatabase {
  open(): Promise<void>
  close(): Promise<void>
}

/** The library that dynalite keeps its data with. */
function level(path: string): LevelDatabase {
  const require = createRequire(createRequire(import.meta.url).resolve('dynalite'))
  const { Level } = require('level') as { Level: new (path: string) => LevelDatabase }
  return new Level(path)
}

/**
 * Takes the folder for this process, if no other has it: a running stack, or a command at work.
 *
 * The lock is an empty database of its own, held open: the system releases it when the process ends, however it ends.
 * dynalite's is no use for it, since dynalite opens it out of sight and brings the process down when it is taken.
 *
 * @returns undefined when another process has it. @throws StackError when the data cannot be opened at all
 */
export async function takeLock(folder: DataFolder): Promise<Lock | undefined> {
  const lock = level(folder.lock)
  try {
    await lock.open()
  } catch (error) {
    const { code, message } = causeOf(error)
    if (code === 'LEVEL_LOCKED') return undefined
    throw new StackError(`The data folder ${folder.path} cannot be used: ${message}. See IMPS_DATA_DIR.`)
  }
  try {
    await checkThatItOpens(folder)
    return { release: () => lock.close() }
  } catch (error) {
    await lock.close()
    throw error
  }
}

/** Damaged files are told here, in a sentence. */
async function checkThatItOpens({ database }: DataFolder): Promise<void> {
  const probe = level(database)
  try {
    await probe.open()
  } catch (error) {
    throw new StackError(`The data in ${database} cannot be opened: ${causeOf(error).message}. See IMPS_DATA_DIR.`)
  }
  await probe.close()
}

const causeOf = (error: unknown): { code?: string; message?: string } =>
  (error as { cause?: { code?: string; message?: string } }).cause ?? (error as Error)
