import type { AutoSubscription, Owner, Subscription, Watcher } from '../presence/subscription.ts'
import type { PastWatcher } from '../presence/watcherList.ts'
import type { Session } from '../session/session.ts'
import {
  allWatchers,
  autoSubscriptionKey,
  autoSubscriptionSkPrefix,
  followerKey,
  pastKey,
  sessionPk,
  subscriptionKey,
  subscriptionSkPrefix,
  watcherKey,
  within,
} from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition, type Key } from './table.ts'
import type { Writes } from './writes.ts'

/** What a session watches. */
export interface Watched {
  readonly subscriptions: readonly Subscription[]
  readonly autoSubscriptions: readonly AutoSubscription[]
}

/** The part of a session's items that says what it watches. */
export const toWatched = (items: readonly Item[]): Watched => {
  const those = <Record>(prefix: string) =>
    items.filter(({ sk }) => sk.startsWith(prefix)).map((item) => toRecord<Record>(item))
  return {
    subscriptions: those<Subscription>(subscriptionSkPrefix),
    autoSubscriptions: those<AutoSubscription>(autoSubscriptionSkPrefix),
  }
}

/**
 * Who watches whom, in two places: with the session that watches, and with the user that is watched. Both stay while the
 * session can be re-established (R11). All reads are strong.
 */
export class SubscriptionStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** What a session watches: one Query. */
  async watched(sessionId: string): Promise<Watched> {
    const pk = sessionPk(sessionId)
    const range = { pk, from: autoSubscriptionSkPrefix, to: `${subscriptionSkPrefix}\uffff`, consistent: true }
    return toWatched(await this.#writes.table.query(range))
  }

  async read(sessionId: string, user: string): Promise<Subscription | undefined> {
    const item = await this.#writes.table.get(subscriptionKey(sessionId, user), true)
    return item && toRecord<Subscription>(item)
  }

  /** A session's subscription as the watched user's side has it. */
  async watcher(accountId: string, { user, id }: Pick<Session, 'user' | 'id'>): Promise<Watcher | undefined> {
    const item = await this.#writes.table.get(watcherKey(accountId, user, id), true)
    return item && toRecord<Watcher>(item)
  }

  /** Who watches a user: one Query. @param user only that one's sessions */
  async watchers(accountId: string, user?: string): Promise<Watcher[]> {
    const key = user === undefined ? allWatchers(accountId) : watcherKey(accountId, user)
    const watchers = (await this.#writes.table.query(within(key, true))).map((item) => toRecord<Watcher>(item))
    // A name may hold what separates the parts of a key.
    return user === undefined ? watchers : watchers.filter((one) => one.user === user)
  }

  /**
   * Writes a subscription in both places. That of the session comes first, and is unsettled until `settle`: a call that
   * dies in between leaves no watcher that the session does not know of, and is not taken for one that has done all.
   */
  async write(session: Session, subscription: Subscription, seen: Judged): Promise<Watcher> {
    const { user, accountId, id: sessionId, companionsExpireAt: expiresAt } = session
    const { address, attributes } = subscription
    const stamp = this.#writes.newId()
    const key = subscriptionKey(sessionId, subscription.user)
    await this.#put(key, { ...subscription, unsettled: stamp, expiresAt })
    const watcher: Watcher = { user, accountId, sessionId, stamp, address, attributes, ...seen, expiresAt }
    await this.#put(watcherKey(subscription.accountId, user, sessionId), watcher)
    return watcher
  }

  /** All that a new subscription brings with it is done. Another one that was begun meanwhile has yet to say so itself. */
  async settle({ id }: Pick<Session, 'id'>, { user }: Pick<Subscription, 'user'>, { stamp }: Watcher): Promise<void> {
    const change = { remove: ['unsettled'] }
    const condition = [attribute('unsettled').is(stamp)]
    await this.#writes.table.update(subscriptionKey(id, user), change, condition).catch(ignoreFailedCondition)
  }

  /** Keeps a subscription of a session switched off. */
  async writeOff(session: Session, { unsettled: _, ...subscription }: Subscription): Promise<void> {
    const { id, companionsExpireAt: expiresAt } = session
    await this.#put(subscriptionKey(id, subscription.user), { ...subscription, direct: false, off: true, expiresAt })
  }

  /** Ends a subscription in both places. */
  async remove(session: Owner & { readonly id: string }, subscription: Owner): Promise<void> {
    await this.#delete(subscriptionKey(session.id, subscription.user))
    await this.removeWatcher(subscription.accountId, { user: session.user, sessionId: session.id })
  }

  async removeWatcher(accountId: string, { user, sessionId }: Pick<Watcher, 'user' | 'sessionId'>): Promise<void> {
    await this.#delete(watcherKey(accountId, user, sessionId))
  }

  /** Notes what a watcher may see now. @returns false when it watches no more, or anew */
  async judged(accountId: string, { user, sessionId, stamp }: Watcher, judged: Judged): Promise<boolean> {
    const key = watcherKey(accountId, user, sessionId)
    const written = this.#writes.table.update(key, { set: { ...judged } }, [attribute('stamp').is(stamp)])
    return (await written.catch(ignoreFailedCondition)) !== undefined
  }

  /** Makes a session follow a contact list of its user. */
  async follow(session: Session, { list, attributes }: AutoSubscription): Promise<void> {
    const { accountId, id: sessionId, companionsExpireAt: expiresAt } = session
    await this.#put(followerKey(accountId, list, sessionId), { sessionId, expiresAt })
    await this.#put(autoSubscriptionKey(sessionId, list), { list, attributes, expiresAt })
  }

  async unfollow({ accountId, id }: Pick<Session, 'accountId' | 'id'>, list: string): Promise<void> {
    await this.#delete(autoSubscriptionKey(id, list))
    await this.#delete(followerKey(accountId, list, id))
  }

  /** The sessions that follow a contact list. */
  async followers(accountId: string, list: string): Promise<string[]> {
    const items = await this.#writes.table.query(within(followerKey(accountId, list), true))
    return items.map((item) => item.sessionId as string)
  }

  /** Everything of a session's subscriptions that lives as long as the session, wherever it is. */
  async companions(session: Session): Promise<Key[]> {
    const { subscriptions, autoSubscriptions } = await this.watched(session.id)
    return [
      ...subscriptions.flatMap(({ accountId, user }) => [
        subscriptionKey(session.id, user),
        watcherKey(accountId, session.user, session.id),
      ]),
      ...autoSubscriptions.flatMap(({ list }) => [
        autoSubscriptionKey(session.id, list),
        followerKey(session.accountId, list, session.id),
      ]),
    ]
  }

  /** Those who watched or read the presence of late. */
  async past(accountId: string): Promise<PastWatcher[]> {
    const items = await this.#writes.table.query(within(pastKey(accountId), true))
    return items.map((item) => toRecord<PastWatcher>(item))
  }

  /** The same of one user, read eventually: for what may be a little behind. */
  async glanceAtPast(accountId: string, user: string): Promise<PastWatcher | undefined> {
    const item = await this.#writes.table.get(pastKey(accountId, user), false)
    return item && toRecord<PastWatcher>(item)
  }

  /** Notes that a user watched or read the presence until now. @param past what changes */
  async remember({ accountId: pk }: Owner, { user, accountId }: Owner, past: Partial<PastWatcher>): Promise<void> {
    const key = pastKey(pk, user)
    const set = { schemaVersion, user, accountId, ...definedValues(past) }
    const own = [{ anyOf: [[attribute('pk').isMissing], [attribute('accountId').is(accountId)]] }]
    const written = await this.#writes.table.update(key, { set }, own).catch(ignoreFailedCondition)
    // What an account did that had the name before is nothing that this one did.
    if (!written) await this.#writes.table.put({ ...key, ...set })
  }

  async #put(key: Key, value: object): Promise<void> {
    const item: Item = { ...key, schemaVersion, ...definedValues(value) }
    await this.#writes.table.put(item)
  }

  async #delete(key: Key): Promise<void> {
    await this.#writes.table.delete(key)
  }
}

export interface Judged {
  readonly shown: number
  readonly hidden: number
  /** The job that has judged, if it was one. */
  readonly judgedBy?: string
}
