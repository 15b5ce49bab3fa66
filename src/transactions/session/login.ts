import { authenticate, type Credentials } from '../../accounts/authentication.ts'
import { unsealAccount } from '../../accounts/lifecycle.ts'
import { CspError } from '../../csp/cspError.ts'
import type { ContentTree, Element } from '../../csp/element.ts'
import type { SessionDescriptor } from '../../csp/message.ts'
import { isWaiting } from '../../delivery/delivery.ts'
import { answerSystemMessage, systemAnswersIn } from '../../delivery/systemAnswers.ts'
import { joinAtLogin } from '../../groups/life.ts'
import { lookForMail } from '../../messaging/ringing.ts'
import { agreedList } from '../../session/capabilityNegotiation.ts'
import { type Demand, newChallenge, schemaFor, takeChallenges } from '../../session/challenge.ts'
import { establish } from '../../session/establishment.ts'
import { type LoginRequest, parseLogin, sessionIdOf } from '../../session/loginRequest.ts'
import { type Negotiated, negotiateInLogin } from '../../session/negotiated.ts'
import { belongsTo, findSnapshot, type Restored, reestablish } from '../../session/reestablishment.ts'
import { functionTree } from '../../session/serviceNegotiation.ts'
import type { Session } from '../../session/session.ts'
import { type Answer, answer, type Context, result, transaction } from '../transaction.ts'

/**
 * Login-Request → Login-Response: a new session, or an old one by its SessionID (R1). Two-way with the password in
 * clear, four-way with a challenge and a digest. A Login-Request passes no gate: it is how one gets a session.
 */
export const login = transaction({
  request: 'Login-Request',
  session: 'none',

  async handle(context) {
    const { village, request, descriptor } = context
    const isReestablishment = sessionIdOf(request, descriptor).id !== undefined
    // R5a, R7: before any look-up, and in round one as well.
    if (isReestablishment && !village.settings.sessionReestablishment)
      throw new CspError(501, 'Sessions are not re-established')
    const asked = parseLogin(request, descriptor, village.settings.domain)
    const negotiated = negotiateInLogin(asked, context)
    const credentials = await credentialsOf(context, asked)
    if ('ask' in credentials) return credentials.ask
    const attempt = { asked, credentials, negotiated }
    const { view, waiting } = await (isReestablishment ? comeBack(context, attempt) : logIn(context, attempt))
    if (asked.systemAnswers) await takeAnswers(context, view.session, asked.systemAnswers)
    village.log.metric(isReestablishment ? 'Resumed' : 'LoginOk')
    return { ...granted(context, view.session, negotiated), waiting: waiting || isWaiting(view, village.now()) }
  },

  refuse(context, error) {
    countRefusal(context, error)
    // R15: a refusal carries no SessionID, KeepAliveTime or CapabilityRequest.
    return response(context, { Result: result(error.code, error.message) })
  },
})

/** A login that shows credentials. */
interface Attempt {
  readonly asked: LoginRequest
  readonly credentials: Credentials
  readonly negotiated: Negotiated
}

/** The credentials that a request shows, or the answer that asks for them. */
async function credentialsOf(context: Context, asked: LoginRequest): Promise<Credentials | { readonly ask: Answer }> {
  const { village } = context
  if (asked.password !== undefined) return { password: asked.password }
  if (asked.digestBytes !== undefined) {
    const taken = await takeChallenges(village, asked, asked.digestBytes)
    return 'ask' in taken ? { ask: demand(context, taken.ask) } : { digestBytes: asked.digestBytes, open: taken.open }
  }
  if (asked.schemas.length > 0) return { ask: await firstRound(context, asked) }
  // R5: nothing that could match.
  throw asked.sessionId === undefined
    ? new CspError(402, 'Login-Request has neither Password nor DigestSchema')
    : new CspError(604)
}

/** Round one of a 4-way login. In a re-establishment everybody gets a challenge (R5a). */
async function firstRound(context: Context, asked: LoginRequest): Promise<Answer> {
  const { village } = context
  const schema = schemaFor(asked, village.settings.fourWayLogin)
  if (asked.sessionId === undefined && !village.settings.hideUnknownUsers) {
    const account = asked.user === undefined ? undefined : await village.store.accounts.read(asked.user)
    if (!account) throw new CspError(531)
    // Without a sealed password no digest can be checked: the account was made while 4-way login was off.
    if (schema !== 'PWD' && !account.sealed && asked.schemas.includes('PWD')) return demand(context, { schema: 'PWD' })
    if (schema !== 'PWD' && !account.sealed) throw new CspError(543)
  }
  return demand(context, await newChallenge(village, asked, schema))
}

/** The server's half of a 4-way login. 1.1 says 200 to it, later versions 401. */
const demand = (context: Context, { schema, nonce }: Demand): Answer =>
  response(context, {
    Result: result(context.version === '1.1' ? 200 : 401),
    Nonce: nonce,
    DigestSchema: schema,
    CapabilityRequest: false,
  })

/** A plain login. */
async function logIn(context: Context, { asked, credentials, negotiated }: Attempt): Promise<Restored> {
  const { village, source } = context
  const { verdict, view } = await authenticate(village, asked.user, credentials, source)
  if (verdict === 'unknown') throw new CspError(village.settings.hideUnknownUsers ? 409 : 531)
  if (verdict === 'wrong') throw new CspError(409)
  if (verdict === 'disabled' || !view.account) throw new CspError(403)
  // Where 4-way login is off nothing reversible stays.
  if (view.account.sealed && !village.settings.fourWayLogin) await unsealAccount(village, view.account)
  const session = await establish(context, asked, view.account, view, negotiated)
  await joinAtLogin(village, session)
  // What came while nobody was there waits in the inbox.
  return { view: { session, queue: [], slots: [] }, waiting: await lookForMail(village, session, true) }
}

/** A re-establishment. Account and snapshot are read together, whatever the password turns out to be (R5). */
async function comeBack(context: Context, { asked, credentials, negotiated }: Attempt): Promise<Restored> {
  const { village, source } = context
  const [{ verdict, view }, snapshot] = await Promise.all([
    authenticate(village, asked.user, credentials, source),
    findSnapshot(village, asked.sessionId!),
  ])
  // R5: unknown, foreign, removed or expired id, wrong password, unknown or disabled user, two ids: all alike.
  if (verdict !== 'ok' || !view.account || asked.contradictory || !belongsTo(snapshot, view.account))
    throw new CspError(604)
  return reestablish(context, asked, view.account, view, snapshot, negotiated)
}

/** 1.3: what a login answers to messages of the operator. The login stands, whatever is the matter with that. */
async function takeAnswers({ village, version }: Context, session: Session, list: Element): Promise<void> {
  if (version !== '1.3') return
  try {
    for (const one of systemAnswersIn(list)) await answerSystemMessage(village, session, one)
  } catch (error) {
    if (!(error instanceof CspError)) village.log.error('answers of a login were not stored', error)
  }
}

function granted(context: Context, session: Session, { capabilities, notProvided }: Negotiated): Answer {
  const { version, village } = context
  return response(context, {
    Result: result(200),
    SessionID: session.id,
    KeepAliveTime: session.keepAliveTime,
    // R4: a client whose capabilities are not known, or not to be used, has to state them.
    CapabilityRequest: session.capabilities === undefined || session.capabilityPending === true,
    Functions: notProvided && functionTree(notProvided, version),
    AgreedCapabilityList: capabilities && agreedList(capabilities, version, session, village.cirMethods),
  })
}

/** R15: a Login-Response, with the ClientID as received, in the SessionDescriptor of the request. */
function response({ request, descriptor }: Context, content: ContentTree): Answer {
  const { id, form } = sessionIdOf(request, descriptor)
  const mirrored: SessionDescriptor = form === 'A' ? { type: 'Inband', id } : { type: 'Outband' }
  return { ...answer('Login-Response', { ClientID: request.child('ClientID'), ...content }), descriptor: mirrored }
}

function countRefusal({ village }: Context, { code }: CspError): void {
  if (code === 604) village.log.metric('Refused604')
  else if (code === 605) village.log.metric('Refused605')
  else village.log.metric('LoginFailed')
}
