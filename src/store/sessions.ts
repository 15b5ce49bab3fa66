import type { ReadLogs } from '../groups/news.ts'
import type { Mail } from '../messaging/inbox.ts'
import type { Slot } from '../presence/subscription.ts'
import { companionExpiry, companionsNeedRenewal, touched, windowEnd } from '../session/retention.ts'
import type { EndReason, Session } from '../session/session.ts'
import { type ColdPart, toCold } from './coldPart.ts'
import { accountSessionKey, clientKey, coldKey, coldSk, hotKey, hotSk, queueSkPrefix, sessionPk } from './keys.ts'
import { type QueueEntry, toQueueEntry } from './queue.ts'
import {
  definedValues,
  epochIs,
  isLive,
  noSweepKeys,
  noTakeover,
  type Replaced,
  repairDelay,
  type SessionChange,
  type StoredSession,
  schemaVersion,
  sentAgain,
  sweepKeys,
  type Takeover,
  takeoverKeys,
  toItem,
  toSession,
  toStored,
  touchChange,
} from './sessionItem.ts'
import { toSlots } from './slots.ts'
import { type SubscriptionStore, toWatched, type Watched } from './subscriptions.ts'
import {
  attribute,
  type Change,
  type Condition,
  type Item,
  ignoreFailedCondition,
  type Key,
  type Table,
  type Value,
} from './table.ts'
import type { Writes } from './writes.ts'

/** A session as a request reads it, with what waits for it. */
export interface SessionView {
  readonly session: Session
  readonly queue: readonly QueueEntry[]
  /** News of presence. */
  readonly slots: readonly Slot[]
  /** What of the inbox has been read. */
  readonly mail?: Mail
  /** What of the logs of groups has been read. */
  readonly logs?: ReadLogs
}

/** All that a restore needs to know of a session. */
export interface Snapshot extends StoredSession, SessionView {
  readonly cold: ColdPart
  readonly watched: Watched
}

const waitingIn = (items: readonly Item[]) => ({
  queue: items.filter((item) => item.sk.startsWith(queueSkPrefix)).map(toQueueEntry),
  slots: toSlots(items),
})

const isNotLive = attribute('state').isNot('live')
const deadlineIsAhead = (now: number) => attribute('liveUntil').isOver(now)
const deadlineHasPassed = (now: number) => attribute('liveUntil').isAtMost(now)
const windowIsOpen = (now: number) => attribute('expiresAt').isOver(now / 1000)

/** Sessions in the table: every read and conditional write of hot and cold items. `now` is milliseconds since 1970. */
export class SessionStore {
  readonly #table: Table
  readonly #writes: Writes
  readonly #subscriptions: SubscriptionStore

  constructor(writes: Writes, subscriptions: SubscriptionStore) {
    this.#writes = writes
    this.#table = writes.table
    this.#subscriptions = subscriptions
  }

  /** One Query: the session and its queue. 0.5 read units when eventual, 1 when strong, more as the queue grows. */
  async view(id: string, consistent: boolean): Promise<SessionView | undefined> {
    const items = await this.#table.query({ pk: sessionPk(id), from: hotSk, consistent })
    const hot = items.find((item) => item.sk === hotSk)
    return hot && { session: toSession(hot), ...waitingIn(items) }
  }

  /** The session alone, read eventually: it may only ever say "still live". 0.5 read units. */
  async glance(id: string): Promise<Session | undefined> {
    const item = await this.#table.get(hotKey(id), false)
    return item && toSession(item)
  }

  /** The session alone, read strongly, and what its login may have left undone. */
  async read(id: string): Promise<StoredSession | undefined> {
    const item = await this.#table.get(hotKey(id), true)
    return item && toStored(item)
  }

  /** Hot, cold, subscriptions, queue and slots in one strong Query, for a restore. */
  async snapshot(id: string): Promise<Snapshot | undefined> {
    const items = await this.#table.query({ pk: sessionPk(id), from: coldSk, consistent: true })
    const hot = items.find((item) => item.sk === hotSk)
    const cold = items.find((item) => item.sk === coldSk)
    if (!hot) return undefined
    return {
      ...toStored(hot),
      ...waitingIn(items),
      cold: toCold(cold ?? (coldKey(id) as Item)),
      watched: toWatched(items),
    }
  }

  /**
   * Writes a new session and its entry in the account's partition.
   *
   * @param replaces the session that the login is about to end: the sweeper looks soon, in case of a crash
   */
  async create(session: Session, replaces: Replaced | undefined): Promise<void> {
    const takeover = replaces === undefined ? undefined : { replaces }
    const hot: Item = { ...toItem(session), ...definedValues(takeoverKeys(session, session.lastSeen, takeover)) }
    await Promise.all([
      this.#writes.put(hot, [attribute('pk').isMissing]),
      this.#table.put({
        ...accountSessionKey(session.user, session.id),
        schemaVersion,
        accountId: session.accountId,
        expiresAt: session.companionsExpireAt,
      }),
    ])
  }

  /**
   * Makes the session the one of its ClientID.
   *
   * @param previous what the client had before, for a login that comes after this one has died
   * @param instead only in place of that session, or of none
   * @returns the SessionID that the client had before, when it was another one. @throws ConditionFailed
   */
  async claimClient(
    session: Session,
    previous?: string,
    instead?: { of: string | undefined },
  ): Promise<string | undefined> {
    const { user, client, id, accountId, companionsExpireAt } = session
    const item: Item = {
      ...clientKey(user, client),
      schemaVersion,
      sessionId: id,
      accountId,
      ...(previous !== undefined && { previous }),
      expiresAt: companionsExpireAt,
    }
    const condition = instead && [
      instead.of === undefined ? attribute('pk').isMissing : attribute('sessionId').is(instead.of),
    ]
    const old = await this.#table.put(item, condition)
    return old && old.sessionId !== id ? (old.sessionId as string) : undefined
  }

  /** True while the session is the one of its ClientID. */
  async holdsClient({ user, client, id }: Session): Promise<boolean> {
    return (await this.#table.get(clientKey(user, client), true))?.sessionId === id
  }

  /** Writes the cold part, unless a later epoch has written its own. */
  async writeCold({ id, epoch, companionsExpireAt }: Session, cold: Pick<ColdPart, 'capabilities'>): Promise<void> {
    const set = { schemaVersion, epoch, ...definedValues(cold), expiresAt: companionsExpireAt }
    const notOlder: Condition = [{ anyOf: [[attribute('epoch').isMissing], [attribute('epoch').isAtMost(epoch)]] }]
    await this.#table.update(coldKey(id), { set }, notOlder).catch(ignoreFailedCondition)
  }

  /**
   * Stores that a live session was heard of, and what else a request changes in it: one write.
   *
   * @param change may hold new spans (KeepAlive); where it holds none the item's own count, however old `session` is
   * @returns the session as it is now. @throws ConditionFailed when it is no longer live, or of another epoch
   */
  async touch(session: Session, now: number, change: SessionChange = {}, conditions: Condition = []): Promise<Session> {
    const renewal = await this.renewCompanions({ ...session, ...change } as Session, now)
    const item = await this.#writes.update(hotKey(session.id), touchChange(session, now, { ...change, ...renewal }), [
      isLive,
      epochIs(session),
      deadlineIsAhead(now),
      ...conditions,
    ])
    return toSession(item)
  }

  /**
   * Puts off the garbage collection of the session's other items when it draws near, before the session's own time is
   * moved. Rare: at most every half window.
   *
   * @returns what has to be stored in the session
   */
  async renewCompanions(session: Session, now: number): Promise<Pick<SessionChange, 'companionsExpireAt'>> {
    if (!companionsNeedRenewal(now, session)) return {}
    const expiresAt = companionExpiry(now, session)
    const { id, user, client } = session
    const isThere = attribute('pk').isPresent
    const renew = (key: Key, ...condition: Condition) =>
      this.#table.update(key, { set: { expiresAt } }, condition).catch(ignoreFailedCondition)
    // What waits for the client, and what it watches, lives as long as the session.
    const waiting = await this.#table.query({ pk: sessionPk(id), from: queueSkPrefix, consistent: true })
    const watching = await this.#subscriptions.companions(session)
    const all = [coldKey(id), accountSessionKey(user, id), ...waiting, ...watching]
    await Promise.all([
      ...all.map(({ pk, sk }) => renew({ pk, sk }, isThere)),
      renew(clientKey(user, client), attribute('sessionId').is(id)),
    ])
    return { companionsExpireAt: expiresAt }
  }

  /**
   * First step of an ending: from here on the session is over. The sweeper finishes what the caller does not.
   *
   * @param only end it only while it is this client's
   * @returns the ending session; undefined when it was not live (any more), which is no error
   */
  async beginEnding(
    session: Session,
    reason: EndReason,
    now: number,
    only?: { client?: string },
  ): Promise<StoredSession | undefined> {
    const due = reason === 'expired' ? deadlineHasPassed(now) : deadlineIsAhead(now)
    const client =
      only && (only.client === undefined ? attribute('client').isMissing : attribute('client').is(only.client))
    const set = {
      state: 'ending',
      epoch: session.epoch + 1,
      endReason: reason,
      // R8: the window of an expired session runs since its deadline, which the last stored request has set.
      ...(reason !== 'expired' && { expiresAt: windowEnd(now, session) }),
      ...(reason === 'disconnect' && { disconnectPending: true }),
      // The call that ends it goes on with the consequences; the sweeper is not to do them beside it.
      ...sweepKeys(session.id, now + repairDelay * 1000),
    }
    // R8: the window is that of the Keep-Alive-Time agreed last.
    const spansAsSeen = attribute('goneSpan').is(session.goneSpan)
    const condition = [isLive, epochIs(session), due, spansAsSeen, ...(client ? [client] : [])]
    const ending = await this.#writes.update(hotKey(session.id), { set }, condition).catch(ignoreFailedCondition)
    return ending && toStored(ending)
  }

  /** Last step of an ending, when its consequences are done. */
  async finishEnding(session: Session): Promise<void> {
    const set = { state: 'ended', ...noSweepKeys }
    await this.#writes.update(hotKey(session.id), { set }, [isNotLive, epochIs(session)]).catch(ignoreFailedCondition)
  }

  /**
   * Makes a session live again, or takes a live one over (R16): one conditional update that sets what a restore changes
   * and nothing else.
   *
   * @param found the snapshot that the decision rests on
   * @param takeover when the session has yet to become the one of its ClientID
   * @throws ConditionFailed when it has ended or was restored since, or its window has closed
   */
  async restore(found: Session, change: SessionChange, takeover: Takeover | undefined, now: number): Promise<Session> {
    const next = { ...found, ...change } as Session
    const { set, sum } = touchChange(next, now, change)
    // Messages that it was told of and did not fetch come again: its inbox is looked at from the beginning, afterwards.
    const inbox = { inboxFrom: undefined, bell: undefined, quietUntil: undefined, lookBackAt: undefined }
    const anew = { endReason: undefined, disconnectPending: undefined, ...inbox }
    const keys = takeoverKeys({ ...next, ...touched(now, next) }, now, takeover)
    // R13: what was sent and belongs to the account is sent again, under its old TransactionID.
    const inFlight = sentAgain(found) as unknown as Value
    const restored = { ...set, ...anew, state: 'live', epoch: found.epoch + 1, inFlight, ...keys }
    const condition = [
      epochIs(found),
      attribute('accountId').is(found.accountId),
      windowIsOpen(now),
      // A message that was sent meanwhile must not lose its number.
      attribute('serverTransactions').is(found.serverTransactions),
    ]
    return toSession(await this.#writes.update(hotKey(found.id), { set: restored, sum }, condition))
  }

  /** Marks a server Disconnect as told. @returns false when it was told already */
  async tellDisconnect(session: Session): Promise<boolean> {
    const change: Change = {
      set: { serverTransactions: session.serverTransactions + 1 },
      remove: ['disconnectPending'],
    }
    const condition = [isNotLive, epochIs(session), attribute('disconnectPending').isPresent]
    const told = await this.#writes.update(hotKey(session.id), change, condition).catch(ignoreFailedCondition)
    return told !== undefined
  }

  /** Moves the sweeper's next look at a live session to its deadline. */
  async sweepAtDeadline(session: Session): Promise<void> {
    const set = { ...sweepKeys(session.id, session.liveUntil), ...noTakeover }
    const asSeen = attribute('liveUntil').is(session.liveUntil)
    await this.#writes
      .update(hotKey(session.id), { set }, [isLive, epochIs(session), asSeen])
      .catch(ignoreFailedCondition)
  }

  /** Removes every item of the session. */
  async remove(user: string, id: string): Promise<void> {
    const items = await this.#table.query({ pk: sessionPk(id), consistent: true })
    await Promise.all([...items, accountSessionKey(user, id)].map(({ pk, sk }) => this.#table.delete({ pk, sk })))
  }
}
