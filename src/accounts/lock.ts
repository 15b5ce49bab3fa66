import type { Failures } from './account.ts'

/** Wrong passwords within this time count (milliseconds), and an account stays locked for as long. */
export const lockWindow = 15 * 60_000

/** Wrong passwords in the window that lock the account: from one source address, and from all together. */
const fromOneSource = 10
const fromAll = 100

export const isLocked = (now: number, failures: Failures | undefined): boolean => now < (failures?.lockedUntil ?? 0)

/** The failures after one more wrong password. `source` is a hash of the address it came from. */
export function addFailure(now: number, failures: Failures | undefined, source: string): Failures {
  const recent = (failures?.attempts ?? []).filter((attempt) => now - attempt.at < lockWindow)
  const attempts = [...recent, { at: now, source }]
  const fromSource = attempts.filter((attempt) => attempt.source === source).length
  const locked = fromSource >= fromOneSource || attempts.length >= fromAll
  // A new count starts with the lock: what led to it has had its effect.
  return locked ? { attempts: [], lockedUntil: now + lockWindow } : { attempts }
}
