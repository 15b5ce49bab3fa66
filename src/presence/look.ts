import { liveAmong } from '../session/lookup.ts'
import type { Village } from '../village.ts'
import type { AttributeSet } from './attributes.ts'
import { asOf, noPresence, type PresenceDocument } from './document.ts'
import { judgementOf } from './judgement.ts'
import type { Owner } from './subscription.ts'

/** Somebody's presence, and what of it another may see. */
export interface Look {
  /** As it is now: who is online is seen from the sessions, not from what was stored of them. */
  readonly document: PresenceDocument
  readonly visible: AttributeSet
  /** False when nothing was ever published, or the account is gone. */
  readonly exists: boolean
}

/** Looks at a user's presence with the eyes of another: two reads, and one for each client that should be online. */
export async function lookAt(village: Village, owner: Owner, viewer: Owner): Promise<Look> {
  const view = await village.store.presence.view(owner.accountId)
  const stored = view.document ?? noPresence
  const said = Object.keys(stored.clients).filter((id) => stored.clients[id]!.live)
  const live = new Set((await liveAmong(village, said)).map(({ id }) => id))
  const { visible } = await judgementOf(village, owner, viewer, view.access)
  return { document: asOf(stored, (id) => live.has(id)), visible, exists: view.document !== undefined }
}
