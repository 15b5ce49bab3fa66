import { type Element, element } from '../csp/element.ts'
import type { RenderContext } from '../delivery/serverTransactions.ts'
import { repairDelay } from '../store/sessionItem.ts'
import { noAttributes } from './attributes.ts'
import { lookAt } from './look.ts'
import { presenceSubList } from './rendering.ts'
import type { Slot } from './subscription.ts'
import { wants } from './wanted.ts'

/**
 * PresenceNotification-Request for a slot: what the session's user may see of what it subscribed to, now; after the first
 * notification only what has changed.
 *
 * @returns `void` when there is nothing to tell (any more); `not yet` while the call that changes the values is at it
 */
export async function renderNotification(
  slot: Slot,
  { village, session, version }: RenderContext,
): Promise<{ primitive: Element; version: number } | 'void' | 'not yet'> {
  // Slots are written before the values; a call that has not written them after so long has died before it could.
  const mayBeComing = slot.version !== undefined && village.now() - (slot.versionAt ?? 0) < repairDelay * 1000
  const subscription = await village.store.subscriptions.read(session.id, slot.user)
  // The watched user's side of a subscription is written first: this one may be about to follow.
  if (!subscription) return mayBeComing ? 'not yet' : 'void'
  if (subscription.off || subscription.accountId !== slot.accountId) return 'void'
  const { document, visible } = await lookAt(village, subscription, session)
  if ((slot.version ?? 0) > document.version && mayBeComing) return 'not yet'
  const wanted = wants(subscription)
  const list = presenceSubList(document, {
    version,
    attributes: wanted & visible,
    since: slot.refresh === undefined ? slot.since : undefined,
    withdrawn: (slot.hidden ?? noAttributes) & wanted & ~visible,
  })
  if (Object.keys(list).length === 0) return 'void'
  const Presence = { UserID: subscription.address, PresenceSubList: list }
  return { primitive: element('PresenceNotification-Request', { Presence }), version: document.version }
}
