import type { SealingKeySource } from './accounts/sealing.ts'
import type { CirMethod } from './delivery/cir.ts'
import type { Log } from './log.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store/store.ts'

/** Everything the service needs of the world, handed to it: no clock, no randomness and no place of its own. */
export interface Village {
  readonly settings: Settings
  readonly store: Store
  readonly sealingKeys: SealingKeySource
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** That many bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array
  readonly log: Log
  /** Ways, beside polling, in which this deployment can tell a client that something waits (S3). */
  readonly cirMethods: readonly CirMethod[]
}
