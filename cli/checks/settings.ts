import type { Connection } from '../connection.ts'
import type { Check } from './index.ts'

/** The settings as this command sees them: on AWS those of the functions are the deployment's, not these. */
export async function checkSettings({ loaded: { warnings } }: Connection): Promise<Check[]> {
  if (warnings.length === 0) return [{ check: 'settings', status: 'ok', detail: 'nothing to remark' }]
  return warnings.map((detail) => ({ check: 'settings', status: 'warn', detail }))
}
