import type { Connection } from '../connection.ts'
import { sentenceOf } from '../errors.ts'
import { checkDatabase } from './database.ts'
import { checkSealingKey } from './sealingKey.ts'
import { checkSettings } from './settings.ts'

/** One thing that was looked at. */
export interface Check {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** A sentence, or the beginning of one. */
  readonly detail: string
}

/** Looks at everything, one thing after the other; a failure of one keeps none from being looked at. */
export async function checks(connection: Connection): Promise<Check[]> {
  const groups: [string, (connection: Connection) => Promise<Check[]>][] = [
    ['endpoint', checkDatabase],
    ['sealing key', checkSealingKey],
    ['settings', checkSettings],
  ]
  const results: Check[] = []
  for (const [check, look] of groups) {
    results.push(
      ...(await look(connection).catch((error): Check[] => [{ check, status: 'fail', detail: sentenceOf(error) }])),
    )
  }
  return results
}
