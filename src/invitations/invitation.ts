import { isAtLeast, type Version } from '../csp/versions.ts'
import type { OneClient } from '../messaging/message.ts'
import type { Owner } from '../presence/subscription.ts'
import { hash } from '../store/keys.ts'
import type { SentTo } from '../store/sent.ts'
import type { ScreenName } from './entry.ts'

/** The types of invitations, and the version since which they exist. */
export const inviteTypes = {
  /** Group. */
  GR: '1.1',
  /** Conversation. */
  IM: '1.1',
  /** Presence exchange. */
  PR: '1.1',
  /** Shared content. */
  SC: '1.1',
  /** Membership of a group. */
  GM: '1.3',
  /** Application. */
  AP: '1.3',
  /** To extend a conversation, or a group. */
  EC: '1.3',
  EG: '1.3',
} as const satisfies Readonly<Record<string, Version>>

export type InviteType = keyof typeof inviteTypes

/** The types that an earlier version is told as another one: to extend is to invite to the group. */
const formerTypes: Readonly<Record<string, InviteType>> = { EC: 'GR', EG: 'GR' }

/** The version since which clients can be told of an invitation. */
export const toldSince = (type: InviteType): Version => inviteTypes[formerTypes[type] ?? type]

/** What an InviteType is called in a version. */
export const inviteTypeIn = (version: Version, type: string): string =>
  isAtLeast(version, '1.3') ? type : (formerTypes[type] ?? type)

/** How an invitation ended before its time was over. */
export interface InvitationOutcome {
  readonly state: 'accepted' | 'declined' | 'cancelled'
  /** Milliseconds since 1970. */
  readonly at: number
  /** What was said with it: a note, and with a cancellation URLs. */
  readonly note?: string
  readonly urls?: readonly string[]
  /** Who answers wants to be called so. */
  readonly screenName?: ScreenName
}

/** An invitation of one user, as it stands with the one who is invited: it alone says whether it is still open. */
export interface Invitation {
  /** What the invited calls it, who alone knows it. */
  readonly id: string
  readonly from: Owner
  /** Who invites is called so. */
  readonly fromName?: ScreenName
  /** What its inviter calls it. */
  readonly inviteId: string
  readonly type: InviteType
  /** A group as the inviter wrote it, and its incarnation. */
  readonly groupId?: string
  readonly room?: string
  /** Who is invited was called so, and is in turn. */
  readonly as?: ScreenName
  readonly to?: OneClient
  /** Milliseconds since 1970. */
  readonly validUntil: number
  /** It was, or is about to be, sent to a client. */
  readonly sent?: boolean
  readonly outcome?: InvitationOutcome
  /** What follows from the outcome is done. */
  readonly carriedOut?: boolean
}

/** What a request to invite has decided, as it stands with the inviter: repeated, it means the same. */
export interface MadeInvitation {
  readonly inviteId: string
  /** The hash of the request. */
  readonly request: string
  /** Of this and the invited account follows the id that the invited knows. */
  readonly secret: string
  readonly order: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly validUntil: number
  /** The incarnation of the group that it is about. */
  readonly room?: string
  readonly recipients: readonly SentTo[]
  /** The Result of the answer, as JSON. */
  readonly result: string
  /** Of a conversation that became a group: all was done, and whoever repeats the request only gets its answer. */
  readonly done?: boolean
}

/**
 * The InviteID that an invited account is given: that of the inviter is unique only for the inviter. It begins with the
 * order, like a MessageID, so that its place in the inbox follows from it.
 */
export const invitationId = ({ order, secret }: Pick<MadeInvitation, 'order' | 'secret'>, accountId: string): string =>
  `${order.toString(36)}.${hash(secret, accountId).slice(0, 16)}`
