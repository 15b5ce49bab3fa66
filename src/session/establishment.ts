import type { Account } from '../accounts/account.ts'
import { storeClientId } from '../csp/clientId.ts'
import { shortId } from '../log.ts'
import type { LoginView } from '../store/accounts.ts'
import type { Context } from '../transactions/transaction.ts'
import type { Village } from '../village.ts'
import { endReplaced } from './ending.ts'
import { newSessionId } from './liveSession.ts'
import type { LoginRequest } from './loginRequest.ts'
import type { Negotiated } from './negotiated.ts'
import { companionExpiry, grantKeepAlive, spansOf, touched } from './retention.ts'
import { phase, type Session } from './session.ts'

/** What a login sets in a session, new or restored (R10). */
export const loginFields = (login: LoginRequest, { version, binding }: Context) => ({
  client: login.client,
  clientId: storeClientId(login.clientId),
  cookie: login.cookie,
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
    ...negotiated.change,
  }
  const replaces = await liveSessionOf(village, view, session)
  await village.store.sessions.create(session, replaces)
  if (negotiated.capabilities)
    await village.store.sessions.writeCold(session, { capabilities: negotiated.capabilities })
  await takeClient(village, session, replaces)
  village.log.info('session established', {
    session: shortId(session.id),
    user: session.user,
    version: session.version,
  })
  return session
}

/** The other live session of the session's ClientID, as far as the login has seen. */
export async function liveSessionOf(village: Village, view: LoginView, session: Session): Promise<string | undefined> {
  const id = village.store.accounts.clientOf(view.clients, session)
  if (id === undefined || id === session.id) return undefined
  const found = await village.store.sessions.read(id)
  return found && phase(village.now(), found.session) === 'live' && found.session.client === session.client
    ? id
    : undefined
}

/** Makes the session the one of its ClientID and ends those that it replaces; they stay resumable (R16). */
export async function takeClient(village: Village, session: Session, replaces: string | undefined): Promise<void> {
  const swappedOut = await village.store.sessions.claimClient(session)
  for (const id of new Set([replaces, swappedOut])) await endReplaced(village, id, session.client)
}
