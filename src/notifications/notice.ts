import { type ContentTree, element } from '../csp/element.ts'
import { isAtLeast } from '../csp/versions.ts'
import type { RenderContext, ServerTransaction } from '../delivery/serverTransactions.ts'
import { spokenAddress } from '../presence/addresses.ts'
import { includes, type NotificationType } from './types.ts'

/** An event, and what it befell: the client reads anew what it wants to know of it. Addresses as they are to be told. */
export interface Notice {
  readonly type: NotificationType
  readonly groupId?: string
  readonly inviteId?: string
  readonly lists?: readonly string[]
  readonly users?: readonly string[]
  /** It befell what is said of everybody else. */
  readonly isDefault?: boolean
}

/**
 * Notification-Request of 1.3, for an event that the session has subscribed to. It is void in other versions, and once
 * the session has subscribed to it no longer.
 *
 * Data: a Notice.
 */
export const notification: ServerTransaction = {
  kind: 'Notification',
  // R13: after a restore the client reads anew what it wants to know.
  survivesRestore: false,
  pushesContent: () => false,

  async render(data, context) {
    const notice = data as object as Notice
    const { version, session } = context
    if (!isAtLeast(version, '1.3') || !includes(session.notifications, notice.type)) return undefined
    const { type, groupId, inviteId, lists, users, isDefault } = notice
    return element('Notification-Request', {
      NotificationType: type,
      GroupID: groupId,
      InviteID: inviteId,
      UserIDList: users && { UserID: users },
      ContactListIDList: lists && { ContactList: lists },
      DefaultList: isDefault,
      ...(await asOfNow(type, context)),
    })
  },
}

/** What is read when it is told, so that it is never stale. */
async function asOfNow(type: NotificationType, { village, session }: RenderContext): Promise<ContentTree> {
  if (type === 'PPU') return { UserIDList: { UserID: spokenAddress(session.user, session, village.settings) } }
  if (type !== 'BLUC' && type !== 'GLUC') return {}
  const { blockListInUse = false, grantListInUse = false } = (await village.store.access.read(session.accountId)).value
  return type === 'BLUC' ? { BlockListInUse: blockListInUse } : { GrantListInUse: grantListInUse }
}
