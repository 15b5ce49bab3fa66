import type { Element } from './element.ts'
import type { Version } from './versions.ts'

/** `Inband` names a session, `Outband` does not (login, service provider information). */
export type SessionType = 'Inband' | 'Outband'

/** The SessionDescriptor of a message. */
export interface SessionDescriptor {
  readonly type: SessionType
  /** As received, white space removed; an empty SessionID counts as absent (R1). */
  readonly id?: string
}

export type TransactionMode = 'Request' | 'Response'

/** One transaction: TransactionDescriptor and the primitive inside TransactionContent. */
export interface Transaction {
  readonly mode: TransactionMode
  /** Absent or empty in a Polling-Request; text of the opener's choice otherwise. */
  readonly id?: string
  readonly primitive: Element
}

/** A CSP message with a session part: what every codec reads and writes. */
export interface SessionMessage {
  readonly kind: 'session'
  /** `'unsupported'` only on receipt: the namespace is one of a CSP version that this service does not speak (505). */
  readonly version: Version | 'unsupported'
  readonly session: SessionDescriptor
  readonly transactions: readonly Transaction[]
  /** Server to client: more is waiting. The codec puts it where the version has it. */
  readonly poll?: boolean
  /** Server to client, 1.2 and later: `F` says that the agreed standalone TCP channel is down (S4). */
  readonly cir?: 'F'
}

/** WV-CSP-VersionDiscovery-Request or -Response, which stands beside the Session. */
export interface DiscoveryMessage {
  readonly kind: 'discovery'
  readonly version: Version | 'unsupported'
  readonly content: Element
}

export type Message = SessionMessage | DiscoveryMessage

export const discoveryRequest = 'WV-CSP-VersionDiscovery-Request'
export const discoveryResponse = 'WV-CSP-VersionDiscovery-Response'
