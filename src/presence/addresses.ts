import { userAddress } from '../csp/address.ts'
import type { Session } from '../session/session.ts'
import type { Settings } from '../settings.ts'

/** A user's address in the form in which a session's client speaks: with the domain, or without (clients.md 20). */
export const spokenAddress = (user: string, { bareNames }: Pick<Session, 'bareNames'>, { domain }: Settings): string =>
  bareNames ? `wv:${user}` : userAddress(user, domain)
