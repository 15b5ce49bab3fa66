import type { Account } from '../accounts/account.ts'
import { storeClientId } from '../csp/clientId.ts'
import { shortId } from '../log.ts'
import { announceNegotiated } from '../presence/client.ts'
import { goOnline } from '../presence/life.ts'
import type { LoginView } from '../store/accounts.ts'
import type { Replaced } from '../store/sessionItem.ts'
import type { Context } from '../transactions/transaction.ts'
import type { Village } from '../village.ts'
import { endReplaced, endSession, followUp } from './ending.ts'
import { newSessionId } from './liveSession.ts'
import type { LoginRequest } from './loginRequest.ts'
import type { Negotiated } from './negotiated.ts'
import { companionExpiry, grantKeepAlive, spansOf, touched } from './retention.ts'
import { isLiveOf, phase, type Session } from './session.ts'

/** What a login sets in a session, new or restored (R10). */
export const loginFields = (login: LoginRequest, { version, binding }: Context) => ({
  client: login.client,
  clientId: storeClientId(login.clientId),
  cookie: login.cookie,
  bareNames: login.hasBareName || undefined,
  version,
  binding,
})

/** Makes a new session, and ends the one that this client of the user had (R16). */
export async function establish(
  context: Context,
  login: LoginRequest,
  account: Account,
  view: LoginView,
  negotiated: Negotiated,
): Promise<Session> {
  const { village } = context
  const now = village.now()
  const { keepAlive } = village.settings
  const spans = spansOf(
    login.timeToLive === undefined ? keepAlive.default : grantKeepAlive(login.timeToLive, keepAlive),
    village.settings,
  )
  const session: Session = {
    id: newSessionId(village.random),
    state: 'live',
    epoch: 1,
    user: account.user,
    accountId: account.accountId,
    ...loginFields(login, context),
    ...spans,
    ...touched(now, spans),
    companionsExpireAt: companionExpiry(now, spans),
    serverTransactions: 0,
    inFlight: {},
    groups: {},
    // R12
    groupsPending: true,
    ...negotiated.change,
  }
  const { previous, replaces } = await standingSession(village, view, session)
  // The claim comes first: a login that dies after it leaves no live session that nobody knows of.
  const swappedOut = await village.store.sessions.claimClient(session, previous)
  // The hot part says that something was agreed, so it comes last.
  if (negotiated.capabilities) {
    await village.store.sessions.writeCold(session, { capabilities: negotiated.capabilities })
  }
  // What another login has put there since it was looked at has to go as well, whatever becomes of this invocation.
  const toEnd = replaces ?? (swappedOut === undefined || swappedOut === previous ? undefined : { id: swappedOut })
  await village.store.sessions.create(session, toEnd)
  // Before the session that it replaces ends: watchers see no flicker.
  await goOnline(village, session)
  await announceNegotiated(village, session, negotiated)
  // Of two logins of a client at the same time the one that claimed last stays; the other ends itself and nobody else.
  if (await village.store.sessions.holdsClient(session)) await endOthers(village, session, replaces, swappedOut)
  else await endOwn(village, session)
  village.log.info('session established', {
    session: shortId(session.id),
    user: session.user,
    version: session.version,
  })
  return session
}

/** Ends a session that another login has overtaken. That login may have ended it before it was published. */
async function endOwn(village: Village, session: Session): Promise<void> {
  if (await endSession(village, session, 'replaced')) return
  const current = (await village.store.sessions.read(session.id))?.session
  if (current && current.state !== 'live') await followUp(village, current)
}

export interface Standing {
  /** The session that the client has, or that a login of it was about to replace when it died. */
  readonly previous?: string
  /** The same, while it is live. */
  readonly replaces?: Replaced
}

/** What the session's ClientID had before, as far as a login has seen. */
export async function standingSession(village: Village, view: LoginView, session: Session): Promise<Standing> {
  const entry = village.store.accounts.clientOf(view.clients, session)
  if (!entry || entry.sessionId === session.id) return {}
  const stored = await village.store.sessions.read(entry.sessionId)
  // R9: one past its window is not there, and what its login has left undone may go with it at any moment.
  const current = stored && phase(village.now(), stored.session) !== 'gone' ? stored : undefined
  const previous = current ? entry.sessionId : entry.previous
  const found = current ?? (previous === undefined ? undefined : await village.store.sessions.read(previous))
  const isLive = found && isLiveOf(village.now(), found.session, session.client)
  // Of one that is over, what its login has left undone is this one's to do.
  const replaces = isLive ? { id: found.session.id, epoch: found.session.epoch } : found?.takeover?.replaces
  return { previous, ...(replaces && { replaces }) }
}

/** Makes a restored session the one of its ClientID and ends those that it replaces; they stay resumable (R16). */
export async function takeClient(village: Village, session: Session, { previous, replaces }: Standing): Promise<void> {
  const swappedOut = await village.store.sessions.claimClient(session, previous)
  await endOthers(village, session, replaces, swappedOut)
}

async function endOthers(
  village: Village,
  session: Session,
  replaces: Replaced | undefined,
  swappedOut: string | undefined,
): Promise<void> {
  await endReplaced(village, replaces, session.client)
  // The one that was seen is ended in the epoch in which it was seen: restored since, it is not this login's to end.
  if (swappedOut !== undefined && swappedOut !== replaces?.id)
    await endReplaced(village, { id: swappedOut }, session.client)
}
