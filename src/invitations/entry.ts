import type { ContentTree } from '../csp/element.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'
import type { Stored } from '../messaging/message.ts'

/** A user's name in a group, as it is sent. */
export interface ScreenName {
  readonly SName: string
  readonly GroupID: string
}

/** What an inbox has to say of invitations, and the function that a client has agreed to when it is told so. */
export const invitationServices = {
  'InviteUser-Request': 'INVIT',
  'Invite-Response': 'INVIT',
  'CancelInviteUser-Request': 'CAINV',
} as const

/**
 * News of an invitation in an inbox: it is given to one who is invited, answered, to who has invited, or cancelled. It is
 * told like a message; a Status acknowledges it.
 */
export interface InboxInvitation extends Stored {
  readonly kind: 'invitation'
  /** The primitive that tells it. */
  readonly what: keyof typeof invitationServices
  /** The account name of who invites or answers. */
  readonly sender: string
  /** What is told in place of it. */
  readonly senderName?: ScreenName
  /** All else that the primitive says. */
  readonly content: ContentTree
  /** Clients of earlier versions do not know such invitations. */
  readonly since?: Version
}

/** False for a session in a version that does not know such an invitation: it waits for another client. */
export const isKnownTo = (
  { version }: { readonly version: Version },
  { since = '1.1' }: Pick<InboxInvitation, 'since'>,
): boolean => isAtLeast(version, since)
