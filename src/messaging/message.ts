import type { StatusCode } from '../csp/statusCodes.ts'
import type { InboxInvitation } from '../invitations/entry.ts'
import type { Owner } from '../presence/subscription.ts'
import { randomText } from '../randomText.ts'

/** What is told of a message beside who sent it to whom: the members of a MessageInfo that are kept. */
export interface MessageFacts {
  /** MIME type as the sender wrote it; `text/plain` when it said nothing. */
  readonly contentType: string
  /** Absent: none. */
  readonly contentEncoding?: 'BASE64'
  /** Bytes of the content, decoded. */
  readonly contentSize: number
  /** `20070625T055652Z` */
  readonly dateTime: string
  /** Seconds, when the sender named any. */
  readonly validity?: number
  readonly messageURI?: string
  /** 1.3 */
  readonly contentName?: string
  /** 1.3: Size, Style and Color, as the sender wrote them. */
  readonly font?: { readonly Size?: string; readonly Style?: readonly string[]; readonly Color?: string }
}

/** The content of a message: short ones with it, others in parts of their own. */
export type StoredContent =
  | { readonly text: string }
  /** The hash of the request that brought it. */
  | { readonly parts: string }

/** What all that waits in an inbox has in common. */
export interface Stored {
  /** Its place in the inbox: order and id. */
  readonly key: string
  /** The id by which the service knows it. */
  readonly messageId: string
  /** Milliseconds since 1970: afterwards it is not delivered any more. */
  readonly validUntil: number
  /** Counts what came into the inbox while there was something in it. */
  readonly number: number
  /** By SessionID: sessions that were told and have yet to fetch it, or have not acknowledged it. */
  readonly told: Readonly<Record<string, Told>>
  /** The one client of the user that it is for, as it is compared and as it was written. */
  readonly to?: OneClient
}

export interface OneClient {
  readonly client: string
  readonly clientId: Readonly<Record<string, string>>
}

/** What a session was told of a message that is still there. */
export interface Told {
  /** The session's epoch: when it has come back it is told again. */
  readonly epoch: number
  /** Under which it was sent and not acknowledged: under the same it is sent again (R13). */
  readonly transactionId?: number
  /** When it is sent once more, milliseconds since 1970; absent: not in this epoch. */
  readonly until?: number
  /** How often it was given up. */
  readonly rounds?: number
}

/** True while a session is not told of an entry once more. @param now milliseconds since 1970 */
export function isTold(
  { told }: Pick<InboxEntry, 'told'>,
  { id, epoch }: { readonly id: string; readonly epoch: number },
  now: number,
): boolean {
  const one = told[id]
  return one !== undefined && one.epoch === epoch && now < (one.until ?? Number.POSITIVE_INFINITY)
}

/** A private message in a group: who it is from and for, as they know each other. */
export interface PrivateInGroup {
  /** The group's id. */
  readonly id: string
  /** The GroupID as the sender wrote it. */
  readonly address: string
  /** Screen names. */
  readonly from: string
  readonly to: string
}

/** A message in the inbox of its recipient. */
export interface InboxMessage extends Stored {
  readonly kind: 'message'
  readonly facts: MessageFacts
  readonly from: Owner
  /** The account name of the recipient. */
  readonly for: string
  readonly content: StoredContent
  /** The sender wants to know what becomes of it. */
  readonly report?: boolean
  readonly group?: PrivateInGroup
  /** The only ones, of the sessions that were live, that take its content type. */
  readonly only?: readonly string[]
  /** What the sender is told has become of it, once that is decided, and when (milliseconds since 1970). */
  readonly outcome?: { readonly code: StatusCode; readonly at: number }
}

/** What became of a message: in the inbox of its sender. */
export interface InboxReport extends Stored {
  readonly kind: 'report'
  readonly facts: MessageFacts
  readonly code: StatusCode
  /** When it was decided, milliseconds since 1970. */
  readonly at: number
  /** The account name of the recipient. */
  readonly recipient: string
  readonly group?: PrivateInGroup
}

export type InboxEntry = InboxMessage | InboxReport | InboxInvitation

/** True for what is for another client of the user. */
export const isForOther = ({ client }: { readonly client?: string }, { to }: Pick<Stored, 'to'>): boolean =>
  to !== undefined && to.client !== client

/** The order of an inbox: a number, milliseconds since 1970 or a little more. */
const numberWidth = 13

export const entryKey = (order: number, id: string): string => `${String(order).padStart(numberWidth, '0')}#${id}`

/** The order of an entry, milliseconds since 1970: when it came, or a little later. */
export const orderOf = (key: string): number => Number(key.slice(0, numberWidth))

/** Begins with the order, so that the message is found by its id alone. @param random from a cryptographic source */
export const newMessageId = (order: number, random: (bytes: number) => Uint8Array): string =>
  `${order.toString(36)}.${randomText(random, 12)}`

/** The place in an inbox of the message with that id. Undefined for what is no id of this service. */
export function keyOfMessage(messageId: string): string | undefined {
  const [, order] = /^([0-9a-z]{8,9})\.[A-Za-z0-9_-]{16}$/.exec(messageId) ?? []
  return order === undefined ? undefined : entryKey(Number.parseInt(order, 36), messageId)
}

/**
 * Seconds for which a request that sends a message is known again: the same once more means that its answer was lost,
 * and makes no second message.
 */
export const repeatWindow = 300

/** Milliseconds after which nobody puts anything into an inbox behind this moment: a repeated request, its call included. */
export const settledAfter = (repeatWindow + 60) * 1000
