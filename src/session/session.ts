import type { Encoding } from '../csp/codecs.ts'
import type { Version } from '../csp/versions.ts'
import type { Place } from '../groups/group.ts'
import type { NotificationSet } from '../notifications/types.ts'
import type { Spans } from './retention.ts'

/**
 * The life of a session:
 *
 *     login ── live ──(logout, disconnect, deadline, replaced)── ending ── ended ──────── window over: gone
 *               └─ each stored touch moves liveUntil and expiresAt        └─ resumable until expiresAt
 *
 * `ending` has its consequences still to come (presence, groups); `ended` has them behind it.
 */
export type State = 'live' | 'ending' | 'ended'

/** Why a session ended. It never matters to a re-establishment (R2). */
export type EndReason = 'logout' | 'disconnect' | 'expired' | 'replaced'

/** How a request reached the service, as far as one can tell (S1, S2). */
export interface Binding {
  readonly encoding: Encoding
  readonly bearer: 'HTTP' | 'HTTPS'
}

/** A server transaction that was sent and not acknowledged: how often, and when last (milliseconds since 1970). */
export interface InFlight {
  readonly tries: number
  readonly sentAt: number
  /** Of a presence slot: the user, what was delivered of it, and the version of the presence that was told. */
  readonly slot?: string
  readonly stamp?: string
  readonly refresh?: string
  readonly partial?: boolean
  readonly since?: number
  readonly version?: number
  /** Attributes that are still to be told, since its encoding had no form for them. */
  readonly rest?: number
  /** Of a message or report in the inbox: its key there. */
  readonly message?: string
  /** Only a notification of it was sent. */
  readonly notified?: boolean
  /** Somebody waits for a report of what becomes of it. */
  readonly report?: boolean
  /** Of an entry in the log of a group: the group's id, and the number. */
  readonly group?: string
  readonly number?: number
  /** Its MessageID, when it is a message. */
  readonly messageId?: string
  /** It was acknowledged, while an earlier one of the group was not. */
  readonly done?: boolean
}

/** What negotiation left behind and requests look at. Absent before the first ClientCapability-Response. */
export interface AgreedCapabilities {
  /** Bytes that the client can parse in one message. */
  readonly parserSize?: number
  /** Seconds between two polls. */
  readonly serverPollMin?: number
  readonly deliveryMethod?: 'P' | 'N'
  /** CIR methods, in the client's order of preference. */
  readonly cirMethods?: readonly string[]
  /** 1.3: server transactions that one message may hold. */
  readonly multiTransPerMessage?: number
  /** Content types that the client takes; any, if it says so; when it says neither, text. */
  readonly contentTypes?: readonly string[]
  readonly anyContent?: boolean
  /** Takes binary content in BASE64. */
  readonly base64?: boolean
  /** Bytes of content that may come unasked, and of text. */
  readonly pushLength?: number
  readonly textLength?: number
}

/** How a client wants to get messages: pushed, or by notifications; and up to which size, in bytes, they are pushed. */
export interface DeliveryMethod {
  readonly method: 'P' | 'N'
  readonly contentLength?: number
}

/**
 * The hot part of a session: what every request reads, in one item under 1 kB. The rest of the snapshot is cold.
 * Times are milliseconds since 1970, but for `expiresAt` and `companionsExpireAt`, which are seconds, as TTL wants them.
 */
export interface Session extends Spans {
  readonly id: string
  readonly state: State
  /** Counts endings and restores: an invocation that started in an earlier epoch can no longer write. */
  readonly epoch: number
  /** The account's name and its incarnation: a new account of the same name inherits nothing. */
  readonly user: string
  readonly accountId: string
  /** R4: the trimmed text of the ClientID; absent when the client named none. */
  readonly client?: string
  /** The ClientID as the client wrote it. */
  readonly clientId?: Readonly<Record<string, string>>
  readonly cookie?: string
  /** True when the client's own UserID had no domain: then it is not bothered with domains (clients.md 20). */
  readonly bareNames?: boolean
  readonly version: Version
  readonly binding: Binding
  /** The last request that was stored. */
  readonly lastSeen: number
  /** The keep-alive deadline, slack included. */
  readonly liveUntil: number
  /** The end of the window, and the TTL attribute (R9). */
  readonly expiresAt: number
  /** The TTL of the session's other items: for garbage collection only. */
  readonly companionsExpireAt: number
  /** The set of agreed functions; absent when there never was a Service-Response (R6). */
  readonly functions?: string
  /** Absent: never negotiated (R4). */
  readonly capabilities?: AgreedCapabilities
  /** R4: true from a restore by another client until it has negotiated: the old capabilities are not used. */
  readonly capabilityPending?: boolean
  /** How many server transactions were opened; the next TransactionID follows from it, also after a restore (R10). */
  readonly serverTransactions: number
  readonly inFlight: Readonly<Record<string, InFlight>>
  /** Something has come into the inbox of the account; another text each time. */
  readonly bell?: string
  /** The bell need not be answered before, milliseconds since 1970: what there is is on its way to another session. */
  readonly quietUntil?: number
  /** Before this key nothing is left in the inbox. */
  readonly inboxFrom?: string
  /** When the inbox is looked at from its beginning, for what was given up: milliseconds since 1970. */
  readonly lookBackAt?: number
  /** The message that was last fetched and acknowledged by its MessageID: one that is about to be sent may be this one. */
  readonly fetched?: string
  /** Whether the client acknowledges messages, as far as is known. */
  readonly acknowledges?: boolean
  /** Groups in which it is joined, or was when it ended: by the groups' ids. */
  readonly groups?: Readonly<Record<string, Place>>
  /** R12: the groups of the user are joined after the Service-Response that agrees on GroupFeat. */
  readonly groupsPending?: boolean
  /** SetDeliveryMethod has said something of groups: it stands in the cold part. */
  readonly hasGroupDelivery?: boolean
  /** What SetDeliveryMethod has said, since the last negotiation. */
  readonly delivery?: DeliveryMethod
  /** 1.3: the events that the client has subscribed to (SubscribeNotification). */
  readonly notifications?: NotificationSet
  readonly endReason?: EndReason
  /** A server Disconnect that the client has yet to be told (601). */
  readonly disconnectPending?: boolean
}

/**
 * Where a session is in its life:
 * - `live`: requests are served
 * - `overdue`: the deadline has passed and no sweeper has come by; ended in every respect (R9)
 * - `ending`, `ended`: see State
 * - `gone`: the window is over, whether or not the item was deleted (R9)
 */
export type Phase = 'live' | 'overdue' | 'ending' | 'ended' | 'gone'

/** The only judge of a session's phase. `now` in milliseconds since 1970. */
export function phase(now: number, session: Pick<Session, 'state' | 'liveUntil' | 'expiresAt'>): Phase {
  if (now >= session.expiresAt * 1000) return 'gone'
  if (session.state !== 'live') return session.state
  return now < session.liveUntil ? 'live' : 'overdue'
}

/** True for a live session of a client: what a login of that client replaces (R16). */
export const isLiveOf = (now: number, session: Session, client: string | undefined): boolean =>
  phase(now, session) === 'live' && session.client === client

/** Bytes that the client can parse in one message, if it has said so. A size that no answer fits into is a slip. */
export function parserSizeOf(session: Session): number | undefined {
  const { parserSize } = usableCapabilities(session)
  return parserSize === undefined || parserSize < 1024 ? undefined : parserSize
}

/** The capabilities that may be used now: none while the client that restored the session has not negotiated (R4). */
export const usableCapabilities = (session: Pick<Session, 'capabilities' | 'capabilityPending'>): AgreedCapabilities =>
  (session.capabilityPending ? undefined : session.capabilities) ?? {}
