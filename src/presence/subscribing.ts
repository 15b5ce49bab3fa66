import type { Session } from '../session/session.ts'
import type { Found } from '../store/access.ts'
import type { Watched } from '../store/subscriptions.ts'
import type { Village } from '../village.ts'
import { judge, ownJudgement, type Relation } from './access.ts'
import { type AttributeSet, noAttributes } from './attributes.ts'
import { inLots } from './lots.ts'
import { ask } from './questions.ts'
import type { AutoSubscription, Owner, Subscription } from './subscription.ts'
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
 */
export async function subscribe(
  village: Village,
  session: Session,
  target: Target,
  wanted: Pick<Subscription, 'attributes' | 'direct'>,
  known: Subscription | undefined,
): Promise<void> {
  const { store } = village
  const before = known?.accountId === target.accountId && !known.off ? known : undefined
  const { visible, mayAsk } = await judgeFor(village, session, target, before !== undefined)
  const { user, accountId, address } = target
  const direct = wanted.direct || (before?.direct ?? false)
  const subscription: Subscription = {
    user,
    accountId,
    address,
    ...(wanted.attributes !== undefined && { attributes: wanted.attributes }),
    direct,
  }
  const isSame =
    before !== undefined &&
    before.attributes === subscription.attributes &&
    before.direct === direct &&
    before.address === address
  if (!isSame) await store.subscriptions.write(session, subscription, visible)
  if ((wants(subscription) & visible) !== noAttributes) {
    const once = before !== undefined && before.attributes === subscription.attributes
    await store.slots.refresh(session, target, village.now(), { once })
  }
  if (mayAsk) await ask(village, target, session, subscription.attributes)
}

/** What the target lets the session's user see, and whether it is to be asked. */
async function judgeFor(village: Village, session: Session, target: Owner, isRepeated: boolean) {
  if (target.accountId === session.accountId) return { ...ownJudgement, mayAsk: false }
  const [access, relation] = await Promise.all([
    village.store.access.read(target.accountId),
    village.store.access.relation(target.accountId, session.user),
  ])
  const { visible, covered } = judge(access.value, relation?.value, session.accountId)
  // R11: who has cancelled an authorisation is asked again for a new subscription, not for one that was there.
  const isCancelled = relation?.value.answer === 'CANCELLED'
  return { visible, mayAsk: !covered && !(isCancelled && isRepeated) }
}

/** Ends a subscription, and what it has yet to be told. */
export async function unsubscribe(village: Village, session: Session, subscription: Subscription): Promise<void> {
  const { store } = village
  await store.subscriptions.remove(session, subscription)
  await store.slots.clear(session.id, subscription.user)
  await rememberWatcher(village, subscription, session.user)
}

/** A contact list keeps the user that the client watches no more: the subscription stays, switched off. */
export async function switchOff(village: Village, session: Session, subscription: Subscription): Promise<void> {
  const { store } = village
  await store.subscriptions.write(session, { ...subscription, direct: false, off: true }, noAttributes)
  await store.subscriptions.removeWatcher(subscription.accountId, { user: session.user, sessionId: session.id })
  await store.slots.clear(session.id, subscription.user)
  await rememberWatcher(village, subscription, session.user)
}

/** How long is remembered who watched or read a user's presence, in seconds. */
export const historyKept = 7 * 86400

export async function rememberWatcher(village: Village, { accountId }: Owner, user: string): Promise<void> {
  const now = village.now()
  const expiresAt = Math.ceil(now / 1000) + historyKept
  await village.store.subscriptions.remember(accountId, { user, watchedAt: now, expiresAt })
}

/**
 * Brings a session's subscriptions in line with the contact lists that it follows (AutoSubscribe): who is on one of them
 * is watched, who is on none any more is not, unless the client asked for that user by name.
 */
export async function reconcile(
  village: Village,
  session: Session,
  { subscriptions, autoSubscriptions }: Watched,
): Promise<void> {
  const { store } = village
  const [{ value: access }, relations] = await Promise.all([
    store.access.read(session.accountId),
    store.access.relations(session.accountId),
  ])
  const existing = new Set(Object.values(access.lists).map(({ id }) => id))
  const followed = autoSubscriptions.filter(({ list }) => existing.has(list))
  const orphaned = autoSubscriptions.filter(({ list }) => !existing.has(list))
  await inLots(orphaned, ({ list }) => store.subscriptions.unfollow(session, list))
  const known = new Map(subscriptions.map((one) => [one.user, one]))
  const members = membersOf(followed, relations)
  await inLots([...members], async ([user, attributes]) => {
    const subscription = known.get(user)
    const { accountId, address } = relations.get(user)!.value
    if (subscription?.accountId === accountId) return
    await subscribe(village, session, { user, accountId, address }, { attributes, direct: false }, subscription)
  })
  const left = subscriptions.filter(({ user, direct }) => !direct && !members.has(user))
  await inLots(left, (one) => unsubscribe(village, session, one))
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
