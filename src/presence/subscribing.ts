import type { Session } from '../session/session.ts'
import type { Found } from '../store/access.ts'
import type { Judged, Watched } from '../store/subscriptions.ts'
import type { Village } from '../village.ts'
import type { Judgement, Relation } from './access.ts'
import { type AttributeSet, noAttributes } from './attributes.ts'
import { attributesWithValues, noPresence } from './document.ts'
import { judgementOf } from './judgement.ts'
import { inLots } from './lots.ts'
import { ask } from './questions.ts'
import type { AutoSubscription, Owner, Slot, Subscription, Watcher } from './subscription.ts'
import { wants } from './wanted.ts'

/** A user to watch: an existing account, as the client calls it. */
export interface Target extends Owner {
  readonly address: string
}

/**
 * Subscribes a session to a user's presence: the first notification has the current values, those that the user lets it
 * see. Where nobody has said whether it may, the user is asked.
 *
 * Repeating a subscription replaces the attributes. While the notification of all values is unacknowledged it queues
 * nothing more (R11).
 *
 * @returns true when the session is to be told something
 */
export async function subscribe(
  village: Village,
  session: Session,
  target: Target,
  wanted: Pick<Subscription, 'attributes' | 'direct'>,
  { known, waiting = [] }: Standing,
): Promise<boolean> {
  const { store } = village
  const { user, accountId, address } = target
  // What waits is of an account that had the name before.
  if (known && known.accountId !== accountId) await store.slots.clear(session.id, user)
  const begun = known?.accountId === accountId && !known.off ? known : undefined
  // One left half made is to be made as if it were new.
  const before = begun?.unsettled === undefined ? begun : undefined
  const subscription: Subscription = {
    user,
    accountId,
    address,
    ...(wanted.attributes !== undefined && { attributes: wanted.attributes }),
    direct: wanted.direct || (begun?.direct ?? false),
  }
  const { visible, covered, isCancelled, valued, watcher } = await write(village, session, subscription, begun)
  const asked = wants(subscription)
  const once = before !== undefined && before.attributes === subscription.attributes
  const isWaiting = waiting.some(
    (slot) => slot.user === user && slot.refresh !== undefined && slot.only === undefined && slot.asked === asked,
  )
  // Also that something is withdrawn.
  const isTold = (asked & ((visible & valued) | (watcher?.hidden ?? noAttributes))) !== noAttributes
  if (isTold && !(once && isWaiting))
    await store.slots.refresh(session, target, village.now(), { asked, once, again: begun !== undefined })
  // R11: who has cancelled an authorisation is asked again for a new subscription, not for one that was there.
  if (!covered && !(isCancelled && before)) await ask(village, target, session, subscription.attributes)
  if (watcher) await store.subscriptions.settle(session, subscription, watcher)
  return isTold
}

/** What a session has of a user already. */
interface Standing {
  readonly known: Subscription | undefined
  /** What the session has yet to be told, read strongly. */
  readonly waiting?: readonly Slot[]
}

/** What may be seen of a user, and what there is to be seen. */
interface Prospect extends Judgement {
  readonly valued: AttributeSet
  /** As it was written, if it was. */
  readonly watcher?: Watcher
}

async function prospectOf(village: Village, session: Session, target: Owner): Promise<Prospect> {
  const { access, document = noPresence } = await village.store.presence.view(target.accountId)
  const judgement = await judgementOf(village, target, session, access)
  return { ...judgement, valued: attributesWithValues(document) }
}

/**
 * Writes a subscription, if it changes. What may be seen is looked at again after it was noted: an authorisation at the
 * same time either finds the note, or is found.
 */
async function write(
  village: Village,
  session: Session,
  subscription: Subscription,
  begun: Subscription | undefined,
): Promise<Prospect> {
  const { subscriptions } = village.store
  let prospect = await prospectOf(village, session, subscription)
  const isSame =
    begun !== undefined &&
    begun.unsettled === undefined &&
    begun.attributes === subscription.attributes &&
    begun.direct === subscription.direct &&
    begun.address === subscription.address
  if (isSame) return prospect
  // What it was shown before is withdrawn where it may see it no longer.
  const old = begun && (await subscriptions.watcher(subscription.accountId, session))
  let watcher = await subscriptions.write(session, subscription, seenNow(old, prospect, subscription))
  for (let round = 0; round < rounds; round++) {
    const again = await prospectOf(village, session, subscription)
    const isStable = again.visible === prospect.visible
    prospect = again
    if (isStable) break
    const judged = seenNow(watcher, again, subscription)
    await subscriptions.judged(subscription.accountId, watcher, judged)
    watcher = { ...watcher, ...judged }
  }
  return { ...prospect, watcher }
}

/** What a watcher may see now; and what it could see before, and can no longer. */
function seenNow(before: Watcher | undefined, { visible, valued }: Prospect, subscription: Subscription): Judged {
  const couldSee = before ? (before.hidden ?? noAttributes) | (before.shown & valued) : noAttributes
  return { shown: visible, hidden: couldSee & wants(subscription) & ~visible }
}

/** How often is looked again, at what changes all the time. */
const rounds = 8

/** Ends a subscription, and what it has yet to be told. */
export async function unsubscribe(village: Village, session: Session, subscription: Subscription): Promise<void> {
  const { store } = village
  await store.subscriptions.remove(session, subscription)
  await store.slots.clear(session.id, subscription.user)
  await rememberWatcher(village, subscription, session)
}

/** A contact list keeps the user that the client watches no more: the subscription stays, switched off. */
export async function switchOff(village: Village, session: Session, subscription: Subscription): Promise<void> {
  const { store } = village
  await store.subscriptions.writeOff(session, subscription)
  await store.subscriptions.removeWatcher(subscription.accountId, { user: session.user, sessionId: session.id })
  await store.slots.clear(session.id, subscription.user)
  await rememberWatcher(village, subscription, session)
}

/** How long is remembered who watched or read a user's presence, in seconds. */
export const historyKept = 7 * 86400

export async function rememberWatcher(village: Village, owner: Owner, watcher: Owner): Promise<void> {
  const now = village.now()
  const expiresAt = Math.ceil(now / 1000) + historyKept
  await village.store.subscriptions.remember(owner, watcher, { watchedAt: now, expiresAt })
}

/**
 * Brings a session's subscriptions in line with the contact lists that it follows (AutoSubscribe): who is on one of them
 * is watched, who is on none any more is not, unless the client asked for that user by name. When something had to be
 * done it is looked at once more: lists may have changed meanwhile.
 *
 * @param first what the session watches, where that was read a moment ago
 * @returns true when the session is to be told something
 */
export async function reconcile(village: Village, session: Session, first?: Watched): Promise<boolean> {
  let watched = first
  let isTold = false
  for (let round = 0; round < rounds; round++) {
    const found = watched ?? (await village.store.subscriptions.watched(session.id))
    const outcome = await reconcileOnce(village, session, found)
    isTold ||= outcome.isTold
    if (!outcome.hasChanged) break
    watched = undefined
  }
  return isTold
}

interface Reconciled {
  readonly hasChanged: boolean
  readonly isTold: boolean
}

async function reconcileOnce(village: Village, session: Session, watched: Watched): Promise<Reconciled> {
  const { store } = village
  const { subscriptions, autoSubscriptions } = watched
  const [{ value: access }, relations] = await Promise.all([
    store.access.read(session.accountId),
    store.access.relations(session.accountId),
  ])
  const existing = new Set(Object.values(access.lists).map(({ id }) => id))
  const [followed, orphaned] = [true, false].map((is) =>
    autoSubscriptions.filter(({ list }) => existing.has(list) === is),
  )
  const members = membersOf(followed!, relations)
  const known = new Map(subscriptions.map((one) => [one.user, one]))
  // A subscription to an account that had the name before is none to the one that is a member now; nor is one half made.
  const isWatched = (user: string) => {
    const one = known.get(user)
    return one?.accountId === relations.get(user)!.value.accountId && one.unsettled === undefined
  }
  const missing = [...members].filter(([user]) => !isWatched(user))
  const left = subscriptions.filter(({ user, direct }) => !direct && !members.has(user))
  await inLots(orphaned!, ({ list }) => store.subscriptions.unfollow(session, list))
  const added = await inLots(missing, async ([user, attributes]) => {
    const { accountId, address } = relations.get(user)!.value
    // A contact whose account is gone is nobody to watch, whoever has the name now.
    if ((await store.accounts.read(user))?.accountId !== accountId) return undefined
    const standing = { known: known.get(user) }
    return subscribe(village, session, { user, accountId, address }, { attributes, direct: false }, standing)
  })
  await inLots(left, (one) => unsubscribe(village, session, one))
  const hasChanged = orphaned!.length + left.length > 0 || added.some((one) => one !== undefined)
  return { hasChanged, isTold: added.includes(true) }
}

/** Everybody on one of the lists, with what the first of them wants to know. */
function membersOf(
  followed: readonly AutoSubscription[],
  relations: ReadonlyMap<string, Found<Relation>>,
): Map<string, AttributeSet | undefined> {
  const members = new Map<string, AttributeSet | undefined>()
  for (const [user, { value }] of relations) {
    const by = followed.find(({ list }) => value.names?.[list] !== undefined)
    if (by) members.set(user, by.attributes)
  }
  return members
}
