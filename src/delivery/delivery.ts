import { CspError } from '../csp/cspError.ts'
import type { Transaction } from '../csp/message.ts'
import { isNewsWaiting, readNews, sentNews } from '../groups/news.ts'
import { asRead } from '../groups/progress.ts'
import { sentElsewhere } from '../messaging/holding.ts'
import { readMail, sentMessages } from '../messaging/inbox.ts'
import { randomText } from '../randomText.ts'
import type { LiveSession } from '../session/liveSession.ts'
import type { InFlight, Session } from '../session/session.ts'
import type { SessionChange } from '../store/sessionItem.ts'
import type { SessionView } from '../store/sessions.ts'
import { attribute, type Clause, ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import { notSentMeanwhile, numbered, sent, settled } from './inFlight.ts'
import { deliverable, disposable, groupsDue, isMailDue, isMailWaiting, isNewsDue } from './redelivery.ts'
import { giveUp, mostAtOnce, type Rendered, render } from './rendering.ts'
import { resendAfter } from './resending.ts'

/** True when something is waiting that was opened for the session itself. */
export const isWaiting = (view: SessionView, now: number): boolean => deliverable(view, now).length > 0

/** The same, of a session in which something may have been looked at and found to have to wait. */
export function isMoreWaiting(live: LiveSession, now: number): boolean {
  if (deliverable(live, now).some((pending) => !live.isAside(pending))) return true
  // Messages behind one that was just sent wait for its acknowledgement, and are waiting all the same.
  const isMail = live.mail ? unsentMail(live).some((mail) => !live.isAside({ mail })) : isMailWaiting(live.session, now)
  return isMail || (live.logs ? isUnsentNews(live) : isNewsDue(live.session, now))
}

/** Something of a group was not sent yet. */
function isUnsentNews(live: LiveSession): boolean {
  const { session, logs } = live
  return Object.entries(session.groups ?? {}).some(([groupId, place]) => {
    const log = logs?.get(groupId)
    if (!log) return isNewsWaiting(session, groupId, place)
    const sent = new Set(sentNews(session, groupId).map(([, { number }]) => number))
    const isUnsent = ({ entry }: { readonly entry: { readonly number: number } }) =>
      entry.number > (session.groups?.[groupId]?.cursor ?? 0) && !sent.has(entry.number)
    return !log.isEnd || log.news.some((news) => isUnsent(news) && !live.isAside({ news }))
  })
}

/** What was found in the inbox and has yet to be sent. */
function unsentMail({ session, mail }: LiveSession) {
  const sent = sentMessages(session)
  return (mail?.entries ?? []).filter(({ key }) => !sent.has(key))
}

/**
 * The server transactions that the answer to a poll or an acknowledgement carries: one, or as many as the client agreed
 * to take in one message (1.3's MultiTransPerMessage).
 *
 * The session is read strongly only when the eventual read saw something, and what is sent is marked in flight in the
 * same write as the touch. Of two polls at a time only one gets an entry; the other looks again.
 */
export async function nextTransactions(village: Village, live: LiveSession): Promise<Transaction[]> {
  const now = village.now()
  if (!isWorthALook(live, now)) await tidy(live)
  if (!isWorthALook(live, now)) return []
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await live.readStrongly()
    const { canTellMessages } = live
    if (canTellMessages && isMailDue(live.session, now)) live.mail = await readMail(village, live, mostAtOnce(live) + 1)
    const groups = canTellMessages ? groupsDue(live.session, now) : []
    if (groups.length > 0) live.logs = await readNews(village, live, groups, mostAtOnce(live) + 1)
    await giveUp(village, live, disposable(live, now))
    const rendered = await render(village, live, deliverable(live, now))
    const { ids, opened } = numbered(live, rendered)
    const chosen = rendered.slice(0, ids.length)
    const { inFlight, cursors } = settled(live, chosen)
    const states = { inFlight: { ...inFlight, ...sent(live, chosen, ids, now) }, cursors }
    const { change, conditions } = changeOf(live, chosen, states, opened, attempt === attempts)
    if (!change) return []
    try {
      await live.changeIf([...notSentMeanwhile(live, chosen), ...conditions], change)
      const own = await withoutThoseSentElsewhere(village, live, chosen, ids)
      return own.map(({ primitive, id }) => ({ mode: 'Request', id: String(id), primitive }))
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      village.log.metric('ConditionConflict')
    }
  }
  return []
}

const isWorthALook = (live: LiveSession, now: number): boolean =>
  (live.canTellMessages && (isMailDue(live.session, now) || groupsDue(live.session, now).length > 0)) ||
  deliverable(live, now).length + disposable(live, now).length > 0

/**
 * Stores that what was acknowledged is not on its way any more: otherwise it would be looked for again. What comes next
 * stores it with what it sends. The session that comes back from the write knows of a bell that has been rung meanwhile.
 */
export async function tidy(live: LiveSession): Promise<void> {
  for (let attempt = 1; live.hasSettled; attempt++) {
    const { cursors, inFlight } = live.settled
    try {
      return await live.changeIf(asRead(live.session, cursors), { inFlight, cursors, ...live.noted })
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      if (attempt === attempts) throw new CspError(503)
      await live.readStrongly()
    }
  }
}

/** Tries to send, while others write the session at the same time. In the last one the bell is left as it is. */
const attempts = 3

/** What is written with what is sent; undefined when there is nothing to write. */
function changeOf(
  live: LiveSession,
  chosen: readonly Rendered[],
  { inFlight, cursors }: Required<Pick<SessionChange, 'inFlight' | 'cursors'>>,
  serverTransactions: number,
  isLast: boolean,
): { readonly change?: SessionChange; readonly conditions: readonly Clause[] } {
  const { session, mail } = live
  const sentNow = new Set(chosen.map(({ pending }) => ('mail' in pending ? pending.mail.key : undefined)))
  // All that there is has been sent: the next bell means something else.
  const isAnswered =
    !isLast &&
    session.bell !== undefined &&
    mail?.upTo === undefined &&
    !!mail &&
    unsentMail(live).every(({ key }) => sentNow.has(key))
  const isOver = Object.entries(inFlight).some(
    ([id, state]) => !state && (session.inFlight[id]?.message ?? session.inFlight[id]?.group) !== undefined,
  )
  const hasPassed = Object.keys(cursors).length > 0
  if (chosen.length === 0 && !isAnswered && !isOver && !hasPassed) return { conditions: [] }
  const hasMoved = !isLast && mail?.from !== undefined && mail.from !== session.inboxFrom
  return {
    change: {
      inFlight,
      cursors,
      ...live.noted,
      ...(serverTransactions !== session.serverTransactions && { serverTransactions }),
      ...(hasMoved && { inboxFrom: mail.from }),
      ...(isAnswered && { bell: undefined, quietUntil: undefined }),
    },
    // What has come since the inbox was read has rung the bell.
    conditions: [
      ...asRead(session, cursors),
      ...(isAnswered || hasMoved
        ? [session.bell === undefined ? attribute('bell').isMissing : attribute('bell').is(session.bell)]
        : []),
    ],
  }
}

/** What this session may send of what it is about to: not the messages that another session of the user has sent already. */
async function withoutThoseSentElsewhere(
  village: Village,
  live: LiveSession,
  chosen: readonly Rendered[],
  ids: readonly number[],
) {
  const all = chosen.map((one, index) => ({ ...one, id: ids[index]! }))
  const keys = all.flatMap(({ pending }) => ('mail' in pending ? [pending.mail.key] : []))
  if (keys.length === 0) return all
  const elsewhere = await sentElsewhere(village, live.session, keys).catch(async (error) => {
    await takeBack(village, live, all, village.now()).catch(() => undefined)
    throw error
  })
  // Messages keep their order: none before one that may yet come from there.
  const first = all.findIndex(({ pending }) => 'mail' in pending && elsewhere.has(pending.mail.key))
  if (first < 0) return all
  const isLater = (one: (typeof all)[number]) => 'mail' in one.pending && all.indexOf(one) >= first
  const notOwn = all.filter(isLater)
  for (const { pending } of notOwn) live.setAside(pending)
  await takeBack(village, live, notOwn, Math.min(...elsewhere.values()))
  return all.filter((one) => !isLater(one))
}

/** Messages that were marked as sent and are not. @param until when they are looked at again, milliseconds since 1970 */
async function takeBack(
  village: Village,
  live: LiveSession,
  notSent: readonly (Rendered & { readonly id: number })[],
  until: number,
): Promise<void> {
  const mail = notSent.filter(({ pending }) => 'mail' in pending)
  await live.change({
    inFlight: Object.fromEntries(mail.map((one) => [one.id, asBefore(live.session, one, until)])),
    ...lookAgain(live.session, village, until),
  })
}

/** What was sent before keeps its TransactionID, and is looked at again when its time elsewhere is over. */
const asBefore = (session: Session, { pending: { sent: before } }: Rendered, until: number): InFlight | undefined =>
  before && { ...before, sentAt: until - resendAfter(session, before.tries) }

/** The bell of a session whose messages are on their way to another: it is answered when their time there is over. */
const lookAgain = ({ bell }: Session, { random }: Village, quietUntil: number): SessionChange => ({
  bell: bell ?? randomText(random, 9),
  quietUntil,
})
