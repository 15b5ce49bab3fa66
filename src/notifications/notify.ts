import { isDeepStrictEqual } from 'node:util'
import { openServerTransaction } from '../delivery/openServerTransaction.ts'
import { liveClients } from '../messaging/ringing.ts'
import type { Access } from '../presence/access.ts'
import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import { phase } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import { definedValues } from '../store/sessionItem.ts'
import type { SessionView } from '../store/sessions.ts'
import type { Village } from '../village.ts'
import { type Notice, notification } from './notice.ts'
import { includes } from './types.ts'

/** Notifications that wait in a session at a time: a client that fetches none of so many reads everything anew anyway. */
const waitingMax = 50

/** Users and lists that one notification names; of more it names none, and the client reads all of them. */
const namedMax = 32

/**
 * Tells the sessions of an account that have subscribed to it (SubscribeNotification, 1.3) of an event. It is called
 * after what has happened is there. What has happened has happened, whether or not that succeeds.
 *
 * Half a read unit when no session of the account has ever subscribed to such an event.
 *
 * @param account whose data have changed
 * @param by the session that has changed them, which knows: it is not told
 */
export async function notify(
  village: Village,
  account: Pick<Owner, 'accountId'>,
  notice: Notice,
  by?: string,
): Promise<void> {
  await safely(village, async () => {
    const access = await village.store.access.glance(account.accountId)
    await tellSubscribers(village, account, access, [notice], by)
  })
}

/**
 * The same for who has read the account's access for the change itself: it costs nothing when no session of the account
 * has ever subscribed to such events.
 *
 * @param by the session that has changed something, and whose account it is
 * @param access as it was read before the change
 */
export const notifyOthers = (
  village: Village,
  by: Pick<Owner, 'accountId'> & { readonly id: string },
  access: Access,
  notices: readonly Notice[],
): Promise<void> => safely(village, () => tellSubscribers(village, by, access, notices, by.id))

async function safely(village: Village, tell: () => Promise<void>): Promise<void> {
  try {
    await tell()
  } catch (error) {
    village.log.error('other sessions were not notified', error)
  }
}

async function tellSubscribers(
  village: Village,
  { accountId }: Pick<Owner, 'accountId'>,
  access: Access,
  notices: readonly Notice[],
  by: string | undefined,
): Promise<void> {
  const wanted = notices.filter(({ type }) => includes(access.notifications, type))
  if (wanted.length === 0) return
  const others = liveClients(await village.store.presence.read(accountId)).filter((id) => id !== by)
  await inLots(others, (id) => tellSession(village, id, wanted.map(brief)))
}

/** What is in front of a client need not name everything. */
const brief = ({ lists = [], users = [], ...notice }: Notice): Notice =>
  lists.length + users.length > namedMax
    ? notice
    : { ...notice, ...(lists.length > 0 && { lists }), ...(users.length > 0 && { users }) }

/** Strongly: what is seen to wait unsent will be sent after what has happened, and stands for it as well. */
async function tellSession(village: Village, id: string, notices: readonly Notice[]): Promise<void> {
  const view = await village.store.sessions.view(id, true)
  if (!view || phase(village.now(), view.session) !== 'live') return
  const waiting = unsent(view)
  for (const notice of notices) {
    if (!includes(view.session.notifications, notice.type)) continue
    const data = definedValues(notice)
    if (waiting.length >= waitingMax || isTheLatest(waiting, data)) continue
    const opened = await openServerTransaction(village, view.session, notification.kind, data)
    if (opened !== undefined) waiting.push(data)
  }
}

type Data = QueueEntry['data']

/** Notifications that wait and were not sent yet, in the order of opening. */
const unsent = ({ queue, session }: SessionView): Data[] =>
  queue
    .filter((one) => one.kind === notification.kind && one.epoch === session.epoch)
    .filter(({ transactionId }) => !session.inFlight[transactionId])
    .sort((a, b) => a.order - b.order)
    .map(({ data }) => data)

/** True when that is the last that the client will hear of the matter: a list may be created, deleted and created again. */
const isTheLatest = (waiting: readonly Data[], data: Data): boolean =>
  isDeepStrictEqual(
    waiting.findLast((one) => isDeepStrictEqual(withoutType(one), withoutType(data))),
    data,
  )

const withoutType = ({ type: _, ...matter }: Data) => matter
