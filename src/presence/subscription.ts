import type { AttributeSet } from './attributes.ts'

/** An account by name and incarnation. */
export interface Owner {
  readonly user: string
  readonly accountId: string
}

/** What a session watches of one user: one per session and watched user, kept with the session. */
export interface Subscription extends Owner {
  /** As the client wrote it, `wv:` in front. */
  readonly address: string
  /** Absent: all. */
  readonly attributes?: AttributeSet
  /** False when only a contact list with AutoSubscribe has brought it. */
  readonly direct: boolean
  /** Ended by the client though a contact list with AutoSubscribe still holds the user: it stays ended. */
  readonly off?: boolean
  /** Being made, or left half made by a call that died: to whoever asks again it is new. */
  readonly unsettled?: string
}

/** A contact list that a session follows (AutoSubscribe). */
export interface AutoSubscription {
  /** The list's id. */
  readonly list: string
  readonly attributes?: AttributeSet
}

/** The same subscription as the watched user's side has it: a session that watches. */
export interface Watcher extends Owner {
  readonly sessionId: string
  /** Another with every subscription: who unsubscribes and subscribes anew is another watcher. */
  readonly stamp: string
  /** The watched user, as the client wrote it. */
  readonly address: string
  readonly attributes?: AttributeSet
  /** What the watcher may see, as it was judged last. */
  readonly shown: AttributeSet
  /** What it could see once and can no longer: told as withdrawn. */
  readonly hidden?: AttributeSet
  /** The job that judged it last: when that is resumed, it may not have been told yet. */
  readonly judgedBy?: string
  readonly expiresAt: number
}

/** Presence that a session has yet to be told. Values and authorisation are read when it is delivered. */
export interface Slot extends Owner {
  /** Changes with every write: what was delivered is acknowledged only while it is the same. */
  readonly stamp: string
  /** Milliseconds since 1970: in which order slots are told. */
  readonly at: number
  /** The version of the user's presence that is to be told, or that is about to be written (see fanOut.ts). */
  readonly version?: number
  /** When that version was announced, milliseconds since 1970. */
  readonly versionAt?: number
  /** The version that the session knows: only what changed since is told. */
  readonly since?: number
  /** Everything is to be told, as after a new subscription; the stamp of the write that asked for it. */
  readonly refresh?: string
  /** The attributes that were wanted then. */
  readonly asked?: AttributeSet
  /** Everything is to be told to a session that was told something before. */
  readonly again?: boolean
  /** Not everything, but these: what has just become visible, or no longer is. Beside them what changed. */
  readonly only?: AttributeSet
}
