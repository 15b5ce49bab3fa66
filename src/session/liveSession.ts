import { codecOf, type Encoding } from '../csp/codecs.ts'
import { CspError } from '../csp/cspError.ts'
import type { Version } from '../csp/versions.ts'
import { type Pending, thingOf } from '../delivery/redelivery.ts'
import { newsKey, type ReadLog, type ReadLogs } from '../groups/news.ts'
import { progress } from '../groups/progress.ts'
import type { Mail } from '../messaging/inbox.ts'
import type { InboxEntry } from '../messaging/message.ts'
import type { Slot } from '../presence/subscription.ts'
import { randomText } from '../randomText.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { SessionChange } from '../store/sessionItem.ts'
import type { SessionView } from '../store/sessions.ts'
import { type Condition, ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import { endSession } from './ending.ts'
import { needsTouch } from './retention.ts'
import { type EndReason, type InFlight, phase, type Session } from './session.ts'

/**
 * A live session in the hands of one invocation. Every change goes through here, so that it is conditional on the
 * session being live in the same epoch and moves the deadline along.
 */
export class LiveSession {
  readonly #village: Village
  #view: SessionView
  #isStrong: boolean
  #isOver = false
  readonly #aside = new Set<unknown>()
  readonly #settled = new Set<string>()
  #noted: SessionChange = {}
  #isStored = false
  /** The CSP version of the message that is being answered. */
  readonly version: Version
  /** The encoding of that message. */
  readonly encoding: Encoding

  constructor(
    village: Village,
    view: SessionView,
    isStrong: boolean,
    { version, encoding }: Pick<LiveSession, 'version' | 'encoding'>,
  ) {
    this.#village = village
    this.#view = view
    this.#isStrong = isStrong
    this.version = version
    this.encoding = encoding
  }

  get session(): Session {
    return this.#view.session
  }

  /** False when messages have to wait until the client speaks another encoding. */
  get canTellMessages(): boolean {
    return codecOf(this.encoding).expresses('NewMessage')
  }

  /** As it is in the table, with what is noted and has yet to be stored. */
  #see(view: SessionView): void {
    this.#view = { ...view, session: { ...view.session, ...(this.#noted as Partial<Session>) } }
  }

  get queue(): readonly QueueEntry[] {
    return this.#view.queue
  }

  get slots(): readonly Slot[] {
    return this.#view.slots
  }

  /** What this invocation has read of the inbox of the account. */
  get mail(): Mail | undefined {
    return this.#view.mail
  }

  set mail(mail: Mail) {
    this.#view = { ...this.#view, mail }
    this.hasLooked = true
  }

  /** What this invocation has read of the logs of the session's groups. */
  get logs(): ReadLogs | undefined {
    return this.#view.logs
  }

  set logs(logs: ReadLogs) {
    this.#view = { ...this.#view, logs }
  }

  /** True when this invocation knows what waits in the inbox. */
  hasLooked = false

  /**
   * Looks again, strongly, unless what is known is strong already. A session that was restored meanwhile is served in
   * its new epoch: whoever holds the SessionID may use it (R3).
   *
   * @throws CspError 604 when the session is over
   */
  async readStrongly(): Promise<void> {
    if (this.#isStrong) return
    const view = await this.#village.store.sessions.view(this.session.id, true)
    if (!view || phase(this.#village.now(), view.session) !== 'live') throw new SessionOver(view?.session)
    this.#see(view)
    this.#isStrong = true
  }

  /**
   * Stores a change together with the touch, if some further conditions hold.
   *
   * @throws ConditionFailed when they do not, or the session is over or of another epoch
   */
  async changeIf(conditions: Condition, change: SessionChange): Promise<void> {
    this.#isStrong = false
    const session = await this.#village.store.sessions.touch(this.session, this.#village.now(), change, conditions)
    this.#view = { ...this.#view, session }
    this.#isStored = true
    for (const id of this.#settled) if (!session.inFlight[id] || session.inFlight[id].done) this.#settled.delete(id)
  }

  /** True when this invocation has written the session. */
  get isStored(): boolean {
    return this.#isStored
  }

  /** Something to be stored with the next change that there is. It counts from now on. */
  note(change: SessionChange): void {
    this.#noted = { ...this.#noted, ...change }
    this.#see(this.#view)
  }

  get noted(): SessionChange {
    return this.#noted
  }

  /**
   * Stores a change together with the touch.
   *
   * @throws CspError 604 when the session is over
   */
  async change(change: SessionChange): Promise<void> {
    try {
      await this.changeIf([], change)
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      const { epoch } = this.session
      await this.readStrongly()
      // R4: what an earlier holder of the session has offered says nothing about the one that has restored it since.
      const isNegotiation = 'capabilities' in change || 'functions' in change
      if (isNegotiation && this.session.epoch !== epoch) throw new CspError(503)
      await this.changeIf([], change).catch((again) => {
        throw again instanceof ConditionFailed ? new CspError(503) : again
      })
    }
  }

  /** S1: any request keeps a session alive. Stored only when the last stored one is old enough. */
  async touch(): Promise<void> {
    if (needsTouch(this.#village.now(), this.session)) await this.change({})
  }

  /** Ends the session. @returns false when it was over already */
  async end(reason: EndReason): Promise<boolean> {
    // What is known may be stale; the strong session is what is ended, and looked at again when it has changed meanwhile.
    for (let attempt = 0; attempt < 3; attempt++) {
      await this.readStrongly()
      this.#isOver = await endSession(this.#village, this.session, reason)
      if (this.#isOver) return true
      this.#isStrong = false
    }
    return false
  }

  /** True when this invocation has ended the session: there is nothing left to touch or to wait for. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Leaves out of what waits, as this invocation knows it, what it has removed. */
  forget(pending: readonly Pending[]): void {
    const gone = new Set(pending.map(thingOf))
    const stays = (one: QueueEntry | Slot | InboxEntry) => !gone.has(nameOf(one))
    const { mail, logs } = this
    const staysInLog = ([groupId, log]: [string, ReadLog]) =>
      [groupId, { ...log, news: log.news.filter(({ entry }) => !gone.has(newsKey(groupId, entry.number))) }] as const
    this.#view = {
      ...this.#view,
      queue: this.queue.filter(stays),
      slots: this.slots.filter(stays),
      ...(mail && { mail: { ...mail, entries: mail.entries.filter(stays) } }),
      ...(logs && { logs: new Map([...logs].map(staysInLog)) }),
    }
  }

  /** The same for what was acknowledged. News of presence that has changed since it was sent stays. */
  forgetSent(transactionId: number, { slot, stamp, message, group }: InFlight): void {
    if (message !== undefined || group !== undefined) {
      this.#settled.add(String(transactionId))
      if (this.session.acknowledges !== true) this.note({ acknowledges: true })
    }
    this.#view = {
      ...this.#view,
      queue: this.queue.filter((entry) => entry.transactionId !== transactionId),
      slots: this.slots.filter((one) => one.user !== slot || one.stamp !== stamp),
    }
  }

  /** True for a message's transaction that was acknowledged in this invocation, and is not written so yet. */
  isSettled(transactionId: string): boolean {
    return this.#settled.has(transactionId)
  }

  get hasSettled(): boolean {
    return this.#settled.size > 0
  }

  /** How that is written: what is not on its way any more, and how far the session has been told of its groups. */
  get settled(): Pick<SessionChange, 'inFlight' | 'cursors'> {
    const messages = [...this.#settled].filter((id) => this.session.inFlight[id]?.group === undefined)
    const { inFlight, cursors } = progress(this.session, (id) => this.#settled.has(id))
    return { inFlight: { ...Object.fromEntries(messages.map((id) => [id, undefined])), ...inFlight }, cursors }
  }

  /** Leaves something for a later poll: it is not said to be waiting now. */
  setAside(pending: Pending): void {
    this.#aside.add(thingOf(pending))
  }

  isAside(pending: Pending): boolean {
    return this.#aside.has(thingOf(pending))
  }
}

const nameOf = (one: QueueEntry | Slot | InboxEntry): unknown => ('key' in one ? one.key : one)

/** 604, said after a strong read: the session is over, or never was. */
export class SessionOver extends CspError {
  /** As it is in the table, if it is there. */
  readonly session: Session | undefined

  constructor(session?: Session) {
    super(604)
    this.session = session
  }
}

/**
 * The gate that every inband request but Login passes.
 *
 * @throws CspError 604 for a session that is over or never was, said only after a strong read; 403 for a change of bearer
 *   or encoding where the operator forbids it (S2)
 */
export async function openSession(
  village: Village,
  id: string | undefined,
  binding: Session['binding'],
  version: Version,
): Promise<LiveSession> {
  if (id === undefined || !isSessionId(id)) throw new SessionOver()
  const live = await openLive(village, id, { version, encoding: binding.encoding })
  // S2
  if (!village.settings.bearerChange && !isBoundTo(live.session, binding)) {
    await live.readStrongly()
    if (!isBoundTo(live.session, binding)) throw new CspError(403, 'This session may not change its bearer or encoding')
  }
  return live
}

const isBoundTo = ({ binding: agreed }: Session, { bearer, encoding }: Session['binding']) =>
  agreed.bearer === bearer && agreed.encoding === encoding

/** An eventual read may only say "still live"; anything else is looked at again, strongly. */
async function openLive(
  village: Village,
  id: string,
  spoken: Pick<LiveSession, 'version' | 'encoding'>,
): Promise<LiveSession> {
  const isLive = ({ session }: SessionView) => phase(village.now(), session) === 'live'
  const eventual = await village.store.sessions.view(id, false)
  if (eventual && isLive(eventual)) return new LiveSession(village, eventual, false, spoken)
  const strong = await village.store.sessions.view(id, true)
  if (strong && isLive(strong)) return new LiveSession(village, strong, true, spoken)
  throw new SessionOver(strong?.session)
}

/** R3: what can be a SessionID of this service; anything else needs no look into the table. */
export const isSessionId = (id: string): boolean => /^[A-Za-z0-9_-]{22,50}$/.test(id)

/** R3: 144 random bits, 24 characters. */
export const newSessionId = (random: Village['random']): string => randomText(random, 18)
