import { type Session, usableCapabilities } from '../session/session.ts'
import type { Village } from '../village.ts'

/**
 * A way to tell a client, out of band, that something waits: "poll now" (CIR). Polling always works beside it (S3).
 * A deployment lists the ones it has; negotiation and the CIR flag follow from that list, transactions never see it.
 */
export interface CirMethod {
  /** As in SupportedCIRMethod: STCP, SUDP, SHTTP, WAPUDP, WAPSMS, SSMS. */
  readonly name: string
  /** Addresses for the ClientCapability-Response, by element name: TCPAddress, TCPPort, CIRURL, CIRHTTPAddress. */
  addresses(session: Session): Readonly<Record<string, string>>
  /** Sends `WVCI <version> <SessionCookie>`; never waits for the client, and never fails a transaction. */
  send(session: Session): Promise<void>
  /** For a connection-oriented method: true while the client's channel is known to stand. */
  connected?(session: Session): boolean
}

/**
 * S4: the CIR flag of an answer. `F` when a standalone TCP channel was agreed and is down; otherwise there is none. It
 * is never `T`, and a client that has not agreed STCP never sees it. 1.1 has no such flag.
 */
export function cirFlag(session: Session, methods: readonly CirMethod[]): 'F' | undefined {
  if (session.version === '1.1' || !usableCapabilities(session).cirMethods?.includes('STCP')) return undefined
  const channel = methods.find((method) => method.name === 'STCP')
  return channel?.connected?.(session) ? undefined : 'F'
}

/**
 * Tells the client that something waits, by the first agreed method that this deployment has. It is queued whatever
 * becomes of that: a client that could not be told polls in its own time (S3).
 */
export async function initiate({ cirMethods, log }: Village, session: Session): Promise<void> {
  const agreed = usableCapabilities(session).cirMethods ?? []
  const method = cirMethods.find(({ name }) => agreed.includes(name))
  await method?.send(session).catch((error) => log.error('CIR failed', error))
}
