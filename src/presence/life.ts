import { CspError } from '../csp/cspError.ts'
import type { Consequence } from '../session/ending.ts'
import { findLive } from '../session/lookup.ts'
import type { Restoration } from '../session/reestablishment.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { noAttributes } from './attributes.ts'
import { type PresenceDocument, withEnded, withOpened, withValues } from './document.ts'
import { publish } from './fanOut.ts'
import { inLots } from './lots.ts'
import { reconcile, subscribe } from './subscribing.ts'
import type { PresenceValue } from './values.ts'
import { wants } from './wanted.ts'

/** Publishes that a user is online by way of this session. Nothing is written when that is known. */
export const goOnline = (village: Village, session: Session): Promise<void> =>
  publish(village, session, (before) => withOpened(before, session, village.now()))

/** The session is over: its user is offline, unless another is live. Watchers learn it once. */
export const goOffline: Consequence = (village, session) =>
  publish(village, session, (before) => withEnded(before, session, village.now()))

/**
 * Changes the presence values of a session's user.
 *
 * @param keep leaves what the client has said itself
 * @throws CspError 604 when the session is over, 751 when all values together are too large
 */
export async function update(
  village: Village,
  session: Session,
  values: ReadonlyMap<string, PresenceValue>,
  keep = false,
): Promise<void> {
  let isKnown = true
  const change = (before: PresenceDocument): PresenceDocument | undefined => {
    isKnown = before.clients[session.id]?.live === true
    if (!isKnown) return undefined
    const after = withValues(before, session.id, values, keep)
    return keep ? after : fitting(after, before)
  }
  await publish(village, session, change)
  if (isKnown) return
  // A login or restore that died before it could say so has left a client that nobody knows to be there.
  const current = await findLive(village, session.id, true)
  if (!current) throw new CspError(604)
  await goOnline(village, current)
  await publish(village, session, change)
}

/** Bytes of all the values of a user and its clients together, as JSON: an item of the table holds 400 kB. */
const longestDocument = 64_000

/** What is too large may become smaller. @throws CspError 751 */
function fitting(after: PresenceDocument | undefined, before: PresenceDocument): PresenceDocument | undefined {
  const sizeOf = ({ version: _, ...document }: PresenceDocument) => Buffer.byteLength(JSON.stringify(document))
  if (after && sizeOf(after) > longestDocument && sizeOf(after) >= sizeOf(before))
    throw new CspError(751, 'The presence values together are too large')
  return after
}

/**
 * R11: subscriptions come back with one notification of current values for each watched user; who is on the contact
 * lists that the session follows is looked at afresh.
 */
export const restoreSubscriptions: Restoration = async (village, session, { watched }) => {
  const isOn = watched.subscriptions.filter((one) => !one.off && wants(one) !== noAttributes)
  await inLots(isOn, async (one) => {
    if (one.unsettled === undefined)
      await village.store.slots.refresh(session, one, village.now(), { asked: wants(one) })
    else await subscribe(village, session, one, one, { known: one })
  })
  if (watched.autoSubscriptions.length > 0) await reconcile(village, session, watched)
  return isOn.length > 0
}
