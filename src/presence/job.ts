import type { AttributeSet } from './attributes.ts'
import type { Owner } from './subscription.ts'

/** Which attributes a change concerns: as 1.1 and 1.2 show them (one of each), and as 1.3 does (one a client). */
export interface Changed {
  readonly single: AttributeSet
  readonly perClient: AttributeSet
}

/** A change of presence values, from one version to the next. */
export interface Announcement extends Changed {
  readonly since: number
  readonly version: number
}

/** Work on the watchers of a user that is done even if the call that began it dies. */
export interface Job extends Owner {
  readonly id: string
  /** How far it is: the key of the last watcher that is done. */
  readonly cursor?: string
  /** Announces a version of the presence values to all. Void when that version was never written. */
  readonly publish?: Announcement
  /** Judges anew what watchers may see: those users, or all. */
  readonly judge?: { readonly users?: readonly string[] }
}
