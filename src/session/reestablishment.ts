import type { Account } from '../accounts/account.ts'
import { CspError } from '../csp/cspError.ts'
import { restoreGroups } from '../groups/life.ts'
import { shortId } from '../log.ts'
import { lookForMail } from '../messaging/ringing.ts'
import { goOnline, restoreSubscriptions } from '../presence/life.ts'
import { tellQuestions } from '../presence/questions.ts'
import type { LoginView } from '../store/accounts.ts'
import type { SessionChange } from '../store/sessionItem.ts'
import type { SessionView, Snapshot } from '../store/sessions.ts'
import { ConditionFailed } from '../store/table.ts'
import type { Context } from '../transactions/transaction.ts'
import type { Village } from '../village.ts'
import { endReplaced, endSession, followUp } from './ending.ts'
import { loginFields, standingSession, takeClient } from './establishment.ts'
import { isSessionId } from './liveSession.ts'
import type { LoginRequest } from './loginRequest.ts'
import type { Negotiated } from './negotiated.ts'
import { isAgreed, providesAgreed } from './offered.ts'
import { grantKeepAlive, spansOf } from './retention.ts'
import { phase, type Session } from './session.ts'

/** R1, R5: the snapshot of a SessionID, whatever state it is in, as long as its window is open. One strong Query. */
export async function findSnapshot(village: Village, id: string): Promise<Snapshot | undefined> {
  // What cannot be a SessionID is looked for as well: a stranger must not see a difference (R5).
  const snapshot = await village.store.sessions.snapshot(isSessionId(id) ? id : 'none')
  return snapshot && phase(village.now(), snapshot.session) !== 'gone' ? snapshot : undefined
}

/**
 * Something that a restore brings back beside the session itself: presence subscriptions (R11), groups with AutoJoin
 * (R12). It runs after the session is live again, at least once, and so is idempotent for the session's epoch: a client
 * that got no answer repeats its request (R16).
 *
 * @returns true when it has left something for the client to fetch
 */
export type Restoration = (village: Village, session: Session, snapshot: Snapshot) => Promise<boolean>

/** Messages wait with the account, those that were sent and not acknowledged under their old TransactionIDs (R13). */
const restoreMail: Restoration = (village, session) => lookForMail(village, session, true)

/** In the order in which they run. */
const restorations: readonly Restoration[] = [restoreSubscriptions, tellQuestions, restoreGroups, restoreMail]

/** R5: true when the snapshot is one of this very account. */
export const belongsTo = (snapshot: Snapshot | undefined, account: Account): snapshot is Snapshot =>
  snapshot?.session.user === account.user && snapshot.session.accountId === account.accountId

/** R4: true when the client has to negotiate its capabilities anew. */
export const mustNegotiate = (
  found: Session,
  login: Pick<LoginRequest, 'client'>,
  version: Session['version'],
): boolean =>
  found.capabilities === undefined ||
  found.capabilityPending === true ||
  // An absent ClientID is a different one.
  login.client === undefined ||
  found.client !== login.client ||
  found.version !== version

/**
 * What a restore changes in a session (R10): ClientID and cookie are the login's, the Keep-Alive-Time is granted as in any
 * login where it names one. Everything else stays as it is in the table: functions, capabilities, the counter of
 * TransactionIDs, and a Keep-Alive-Time that was agreed a moment ago.
 */
export function restoring(
  found: Session,
  login: LoginRequest,
  context: Context,
  negotiated: Negotiated,
): SessionChange {
  const { settings } = context.village
  const spans =
    login.timeToLive !== undefined && spansOf(grantKeepAlive(login.timeToLive, settings.keepAlive), settings)
  return {
    ...loginFields(login, context),
    ...spans,
    capabilityPending: mustNegotiate(found, login, context.version) || undefined,
    // R12: groups are left and joined in the restore itself, unless capabilities have to be negotiated first.
    groupsPending: mustNegotiate(found, login, context.version) || !isAgreed('MG', found) || undefined,
    // Whether a client acknowledges is for each to show.
    ...(found.client !== login.client && { acknowledges: undefined }),
    ...negotiated.change,
  }
}

/** A session that is live again. */
export interface Restored {
  /** What waited in it before. */
  readonly view: SessionView
  /** True when restoring it has left something to fetch. */
  readonly waiting: boolean
}

/**
 * Restores a session, ended or still held live (R16), in one conditional update.
 *
 * @throws CspError 604 when it is not there for this account (any more), 605 when not everything agreed is on offer
 */
export async function reestablish(
  context: Context,
  login: LoginRequest,
  account: Account,
  view: LoginView,
  first: Snapshot | undefined,
  negotiated: Negotiated,
): Promise<Restored> {
  const { village, offered } = context
  let snapshot = first
  for (let attempt = 0; attempt < 4; attempt++) {
    if (!belongsTo(snapshot, account)) throw new CspError(604)
    // R6
    if (!providesAgreed(snapshot.session, offered)) throw new CspError(605, 'The agreed services are not all provided')
    // R12: nobody has come by to end it yet, so it ends here, as it does anywhere: every ending has an epoch of its own.
    if (phase(village.now(), snapshot.session) === 'overdue') {
      await endSession(village, snapshot.session, 'expired')
      snapshot = await findSnapshot(village, login.sessionId!)
      continue
    }
    try {
      const { session, waiting } = await restoreOnce(context, login, view, snapshot, negotiated)
      village.log.info('session re-established', {
        session: shortId(session.id),
        user: session.user,
        version: session.version,
      })
      const { queue, slots } = snapshot
      return { view: { session, queue, slots }, waiting }
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      village.log.metric('ConditionConflict')
      snapshot = await findSnapshot(village, login.sessionId!)
    }
  }
  throw new CspError(503)
}

async function restoreOnce(
  context: Context,
  login: LoginRequest,
  view: LoginView,
  snapshot: Snapshot,
  negotiated: Negotiated,
): Promise<Omit<Restored, 'view'> & { readonly session: Session }> {
  const { session: found, takeover } = snapshot
  const { village } = context
  const now = village.now()
  // R12: what follows from an end comes first, when nobody has seen to it yet. A live session knows no end (R16).
  if (found.state === 'ending') await followUp(village, found)
  const change = restoring(found, login, context, negotiated)
  const next: Session = { ...found, ...(change as Partial<Session>) }
  const renewal = await village.store.sessions.renewCompanions(next, now)
  await endReplaced(village, takeover?.replaces, found.client)
  const isTaken = village.store.accounts.clientOf(view.clients, next)?.sessionId === next.id
  const standing = await standingSession(village, view, next)
  // The hot part says that something was agreed, so it comes last.
  if (negotiated.capabilities) {
    await village.store.sessions.writeCold(
      { ...next, epoch: found.epoch + 1 },
      { capabilities: negotiated.capabilities },
    )
  }
  const takes = isTaken ? undefined : { replaces: standing.replaces }
  const session = await village.store.sessions.restore(found, { ...change, ...renewal }, takes, now)
  // Before another session of the client ends: watchers see no flicker (R16).
  await goOnline(village, session)
  // A login at the same time may have claimed the client since: then the one that claims last stays.
  if (!isTaken || !(await village.store.sessions.holdsClient(session))) {
    await takeClient(village, session, standing)
    const current = (await village.store.sessions.read(session.id))?.session
    // That login may have ended this session before it lost its claim.
    if (current?.state !== 'live' || current.epoch !== session.epoch) throw new ConditionFailed()
  }
  let waiting = false
  for (const restoration of restorations) waiting = (await restoration(village, session, snapshot)) || waiting
  return { session, waiting }
}
