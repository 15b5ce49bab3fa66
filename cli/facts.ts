import type { Account } from '../src/accounts/account.ts'
import { isLocked } from '../src/accounts/lock.ts'
import { userAddress } from '../src/csp/address.ts'
import type { UserEntry } from '../src/search/profile.ts'
import { phase, type Session } from '../src/session/session.ts'
import type { Village } from '../src/village.ts'

/** Times as people and machines both read them: UTC, whole seconds. @param milliseconds since 1970 */
export const time = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

/** A SessionID is a secret (R3): so many characters of it tell one session from another. */
const shown = 6

export const sessionName = (id: string, full: boolean): string => (full ? id : id.slice(0, shown))

/** What an operator may know of an account. No password, in any form. */
export const accountFacts = ({ settings }: Village, account: Account) => ({
  name: account.user,
  address: userAddress(account.user, settings.domain),
  enabled: !account.disabled,
  fourWayLogin: account.sealed !== undefined,
  created: time(account.createdAt),
  passwordSet: time(account.passwordSetAt),
})

export type AccountFacts = ReturnType<typeof accountFacts>

/** Who a user is, and whether others may find the user. */
export const directoryFacts = (entry: UserEntry | undefined) => ({
  searchable: { true: 'on', false: 'off', undefined: 'default' }[`${entry?.searchable}`],
  firstName: entry?.firstName ?? null,
  lastName: entry?.lastName ?? null,
  email: entry?.email ?? null,
  mobile: entry?.mobile ?? null,
})

/** Until when an account is locked for wrong passwords; undefined when it is not. */
export async function lockedUntil(village: Village, user: string): Promise<string | undefined> {
  const { failures } = await village.store.accounts.loginView(user)
  return isLocked(village.now(), failures) ? time(failures!.lockedUntil!) : undefined
}

/** What an operator may know of a session. @param full with the whole SessionID */
export const sessionFacts = (village: Village, session: Session, full: boolean) => ({
  id: sessionName(session.id, full),
  user: session.user,
  client: session.client ?? null,
  version: session.version,
  encoding: session.binding.encoding,
  bearer: session.binding.bearer,
  phase: phase(village.now(), session),
  keepAliveTime: session.keepAliveTime,
  lastSeen: time(session.lastSeen),
  deadline: session.state === 'live' ? time(session.liveUntil) : null,
  endReason: session.endReason ?? null,
  windowEnds: time(session.expiresAt * 1000),
})

export type SessionFacts = ReturnType<typeof sessionFacts>
