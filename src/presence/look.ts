import { liveAmong } from '../session/lookup.ts'
import type { Village } from '../village.ts'
import { judge, ownJudgement } from './access.ts'
import type { AttributeSet } from './attributes.ts'
import { asOf, noPresence, type PresenceDocument } from './document.ts'
import type { Owner } from './subscription.ts'

/** Somebody's presence, and what of it another may see. */
export interface Look {
  /** As it is now: who is online is seen from the sessions, not from what was stored of them. */
  readonly document: PresenceDocument
  readonly visible: AttributeSet
}

/** Looks at a user's presence with the eyes of another: two reads, and one for each client that should be online. */
export async function lookAt(village: Village, owner: Owner, viewer: Owner): Promise<Look> {
  const { presence, access } = village.store
  const isOwn = owner.accountId === viewer.accountId
  const [view, relation] = await Promise.all([
    presence.view(owner.accountId),
    isOwn ? undefined : access.relation(owner.accountId, viewer.user),
  ])
  const stored = view.document ?? noPresence
  const said = Object.keys(stored.clients).filter((id) => stored.clients[id]!.live)
  const live = new Set((await liveAmong(village, said)).map(({ id }) => id))
  const { visible } = isOwn ? ownJudgement : judge(view.access, relation?.value, viewer.accountId)
  return { document: asOf(stored, (id) => live.has(id)), visible }
}
