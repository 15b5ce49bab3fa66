import type { Owner } from '../presence/subscription.ts'
import type { DeliveryMethod } from '../session/session.ts'

/** A welcome note, as whoever made it wrote it. */
export interface WelcomeNote {
  readonly contentType: string
  readonly contentEncoding?: string
  readonly content: string
}

/** What Admins and Mods can set of a group. Read-only properties are derived (properties.ts). */
export interface GroupProperties {
  readonly name: string
  readonly topic?: string
  /** True for Accesstype Restricted: only members join. */
  readonly restricted: boolean
  /** Type: a private group is a user's, a public one is for everybody to see. */
  readonly type: 'Public' | 'Private'
  /** Private messages from one joined user to another by screen name. */
  readonly privateMessaging: boolean
  readonly searchable: boolean
  /** Absent: as many as come. */
  readonly maxActiveUsers?: number
  /** It is removed when the last user has left. */
  readonly autoDelete: boolean
  /** Seconds for which it stays empty before that. */
  readonly validity?: number
  /** What was said can be listed afterwards. */
  readonly history: boolean
  readonly welcomeNote?: WelcomeNote
}

/** A group. Who is a member, who is joined and what was said stands beside it, under its id. */
export interface Group extends GroupProperties {
  /** Its incarnation: random, so that a new group under the same name inherits nothing. */
  readonly id: string
  /** The name by which it is kept: `ann/party`, or `/lobby` for a group of the service. */
  readonly key: string
  /** As the client that created it wrote it, `wv:` in front (clients.md 20). */
  readonly address: string
  /** Who created it. Absent for a group of the service. */
  readonly owner?: Owner
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Counts changes of the properties. */
  readonly version: number
  /** Nothing was ever said under this number or one before, unless it still stands in the log. */
  readonly floor: number
  /** Nobody has been joined since, milliseconds since 1970. Absent while somebody is, or before anybody was. */
  readonly emptySince?: number
  /** The hash of the request that has made it. */
  readonly request?: string
  /** It is being removed. */
  readonly deleting?: boolean
}

export type Privilege = 'Admin' | 'Mod' | 'User'

/** A member of a group: whoever is one may join though it is restricted. */
export interface Member extends Owner {
  readonly privilege: Privilege
  /** As it was written, `wv:` in front. */
  readonly address: string
}

/** What a user has said of a group for himself; it outlives sessions. */
export interface OwnProperties {
  readonly autoJoin: boolean
  readonly showID: boolean
  readonly privateMessaging: boolean
  /** The screen name that was used last. */
  readonly screenName?: string
}

/** A session that is joined in a group. */
export interface Joined extends Owner, Pick<OwnProperties, 'showID' | 'privateMessaging'> {
  readonly sessionId: string
  /** Random: the same stands in the session (see Place). One without the other is no participation. */
  readonly id: string
  readonly screenName: string
  /** It is told who comes and goes (GroupChangeNotice). */
  readonly notices: boolean
  /** The last number of the log before it came. */
  readonly after: number
  /** When, milliseconds since 1970. */
  readonly at: number
  /** Those of its place, when it came. */
  readonly gaps?: readonly Gap[]
  /** Under which the log says that it came; absent until that is written. */
  readonly number?: number
  /** It has another screen name, and others have yet to be told; absent when they are. */
  readonly renaming?: { readonly id: string; readonly former: string; readonly after: number } | undefined
  /** It is about to leave: by whoever has said so, or whoever comes by later. */
  readonly leaving?: Leaving
}

export interface Leaving {
  /** Of the entry in the log that says so. */
  readonly id: string
  /** The last number of the log before. */
  readonly after: number
  /**
   * When its session has ended, milliseconds since 1970: what was said before may still be delivered when it comes back
   * (R13).
   */
  readonly ended?: number
  /** It was put out: 809 rejected, 800 the group is gone, 810 no member any more. */
  readonly code?: 800 | 809 | 810
  /** The session that has put it out, which need not be told. */
  readonly actor?: string | undefined
}

/** A group in a session that is joined, or was when it ended. */
export interface Place {
  /** The GroupID as its client wrote it. */
  readonly address: string
  /** The same as that of the joined session in the group. */
  readonly id: string
  /** The session's when it joined. */
  readonly epoch: number
  /** Everything up to this number was delivered, or is nothing for it. */
  readonly cursor: number
  /** Something is said up to this number. */
  readonly bell?: number
  readonly notices?: boolean
  /** How messages of the group are to come, where that was said. */
  readonly delivery?: DeliveryMethod
  /** Notices up to this number are nothing for it: they are older than its wish, or than its last restore (R13). */
  readonly noticesAfter?: number
  /** Where it was not joined, oldest first. */
  readonly gaps?: readonly Gap[]
}

/** Numbers between which a session was not joined: after `from`, up to `to`; without `to` it is not joined now. */
export interface Gap {
  readonly from: number
  readonly to?: number
  /** When its session ended, milliseconds since 1970: that may have been some time before anybody has said so. */
  readonly since?: number
}
