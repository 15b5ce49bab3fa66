import type { CapabilityValues } from '../session/capabilityNegotiation.ts'
import type { Negotiated } from '../session/negotiated.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { update } from './life.ts'
import { tellQuestions } from './questions.ts'

/** ClientInfo as the server knows it from the client's capabilities, until the client says more. */
export async function announceClient(
  village: Village,
  session: Session,
  { ClientType }: CapabilityValues,
): Promise<void> {
  if (!ClientType) return
  await update(village, session, new Map([['ClientInfo', { Qualifier: 'T', ClientType: ClientType[0]! }]]), true)
}

/** What follows from a negotiation within a login (1.3). */
export async function announceNegotiated(
  village: Village,
  session: Session,
  { change, capabilities }: Negotiated,
): Promise<void> {
  if (capabilities) await announceClient(village, session, capabilities)
  if (change.functions !== undefined) await tellQuestions(village, session)
}
