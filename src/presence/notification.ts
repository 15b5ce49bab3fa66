import { codecOf } from '../csp/codecs.ts'
import { type ContentTree, type Element, element } from '../csp/element.ts'
import type { RenderContext } from '../delivery/serverTransactions.ts'
import { sizeInXml } from '../delivery/size.ts'
import { parserSizeOf } from '../session/session.ts'
import { repairDelay } from '../store/sessionItem.ts'
import { type AttributeSet, allAttributes, attributeSet, attributesOf, holds, noAttributes } from './attributes.ts'
import { type Look, lookAt } from './look.ts'
import { presenceSubList, presenceVersion } from './rendering.ts'
import type { Slot, Watcher } from './subscription.ts'
import { phoneNeeds, wants } from './wanted.ts'

/** What becomes of a slot at a poll: it is told, dropped, or left until the call that changes the values has done so. */
export type Rendering =
  | {
      readonly primitive: Element
      readonly version: number
      /** What the encoding has no form for: it is told when the session speaks another. */
      readonly rest?: AttributeSet
    }
  | 'void'
  | 'not yet'

/**
 * PresenceNotification-Request for a slot: what the session's user may see of what it subscribed to, now; after the first
 * notification only what has changed.
 */
export async function renderNotification(slot: Slot, context: RenderContext): Promise<Rendering> {
  if (isUntellable(slot, context)) return 'not yet'
  const { village, session } = context
  const owner = { user: slot.user, accountId: slot.accountId }
  const watcher = await village.store.subscriptions.watcher(slot.accountId, session)
  if (!watcher) return renderGone(slot, context)
  const look = await lookAt(village, owner, session)
  // Slots are written before the values; a call that has not written them after so long has died before it could.
  const isAnnounced = (slot.version ?? 0) > look.document.version
  if (isAnnounced && village.now() - (slot.versionAt ?? 0) < repairDelay * 1000) return 'not yet'
  return notification(watcher.address, listFor(slot, watcher, look, context), look.document.version, context)
}

function listFor(slot: Slot, watcher: Watcher, { document, visible }: Look, context: RenderContext): ContentTree {
  const wanted = wants(watcher)
  const version = presenceVersion(context)
  const { refresh, only = allAttributes, since } = slot
  const isWhole = refresh !== undefined
  const whole = isWhole ? wanted & only : noAttributes
  const changes = isWhole && slot.only === undefined ? {} : changesSince(since)
  const withdrawn = whole & (watcher.hidden ?? noAttributes)
  // Whoever was told something before may believe in a client that has gone since.
  const departures = slot.again === true || slot.version !== undefined
  const list = presenceSubList(document, { version, attributes: whole & visible, withdrawn, departures })
  return { ...changes, ...list }

  function changesSince(known: number | undefined): ContentTree {
    if (known === undefined) return {}
    return presenceSubList(document, { version, attributes: wanted & visible, since: known })
  }
}

/**
 * Nobody watches here any more: the subscription has ended, or the account is gone with all that it had. Then what was
 * announced last was that its user is offline.
 */
async function renderGone(slot: Slot, context: RenderContext): Promise<Rendering> {
  const { village, session } = context
  const subscription = await village.store.subscriptions.read(session.id, slot.user)
  const isOver = !subscription || subscription.off || subscription.accountId !== slot.accountId
  if (isOver || slot.since === undefined || (await village.store.presence.read(slot.accountId))) return 'void'
  const offline = { Qualifier: 'T', PresenceValue: 'F' }
  const wanted = attributesOf(wants(subscription)).map(({ name }): [string, ContentTree] => [
    name,
    name === 'OnlineStatus' ? offline : { Qualifier: 'F' },
  ])
  const list = Object.fromEntries(wanted)
  return notification(subscription.address, list, slot.version ?? 0, context)
}

function notification(UserID: string, list: ContentTree, version: number, context: RenderContext): Rendering {
  const write = (PresenceSubList: ContentTree) =>
    element('PresenceNotification-Request', { Presence: { UserID, PresenceSubList } })
  const isTold = (name: string) => codecOf(context.encoding).expressesAttribute(name)
  const told = Object.fromEntries(Object.entries(list).filter(([name]) => isTold(name)))
  const untold = Object.keys(list).filter((name) => !isTold(name))
  if (untold.length > 0 && Object.keys(told).length === 0) return 'not yet'
  const kept = fitting(told, (part) => sizeInXml(write(part), context), parserSizeOf(context.session))
  if (Object.keys(kept).length === 0) return 'void'
  return { primitive: write(kept), version, ...(untold.length > 0 && { rest: attributeSet(untold) }) }
}

/** True for what was left when the rest was told: nobody needs to look at it again in the same encoding. */
const isUntellable = ({ only, since }: Slot, { encoding }: RenderContext): boolean =>
  only !== undefined &&
  since === undefined &&
  attributesOf(only).every(({ name }) => !codecOf(encoding).expressesAttribute(name))

/** What a phone shows of a contact, and what it needs to do so. */
const neededFirst = attributeSet(['OnlineStatus', 'UserAvailability']) | phoneNeeds

/** What a client can parse in one message: if not everything, what phones need most, then the smallest values first. */
function fitting(
  list: ContentTree,
  sizeOf: (part: ContentTree) => number,
  parserSize: number | undefined,
): ContentTree {
  if (parserSize === undefined || sizeOf(list) <= parserSize) return list
  const empty = sizeOf({})
  const all = Object.entries(list)
    .map(([name, value]) => ({ name, value, size: sizeOf({ [name]: value }) - empty }))
    .sort((a, b) => Number(holds(neededFirst, b.name)) - Number(holds(neededFirst, a.name)) || a.size - b.size)
  let room = parserSize - empty
  const kept = all.filter(({ size }) => {
    if (size > room) return false
    room -= size
    return true
  })
  return Object.fromEntries(kept.map(({ name, value }) => [name, value]))
}
