import type { LiveSession } from '../session/liveSession.ts'
import { liveAmong } from '../session/lookup.ts'
import type { InFlight, Session } from '../session/session.ts'
import type { InboxPage } from '../store/inbox.ts'
import type { Village } from '../village.ts'
import { canBeTold, takesType } from './acceptance.ts'
import {
  type InboxEntry,
  type InboxMessage,
  isForOther,
  isTold,
  keyOfMessage,
  orderOf,
  settledAfter,
} from './message.ts'

/** What an invocation has read of the inbox of its session's account. */
export interface Mail {
  /** What there is for the session, or is on its way to it, oldest first. */
  readonly entries: readonly InboxEntry[]
  /** Everything before this key was read; absent: all that there is. */
  readonly upTo?: string
  /** Where to begin the next time: before it there is nothing left, and nothing will come. */
  readonly from?: string
}

/** True while an entry may be delivered to a session. */
const isFor = ({ settings }: Village, session: Session, entry: InboxEntry, now: number): boolean =>
  entry.validUntil > now && canBeTold(session, entry, settings)

/** The message of an inbox that is on its way to a session, by the keys. */
export const sentMessages = ({ inFlight }: Session): Map<string, InFlight> =>
  new Map(Object.values(inFlight).flatMap((one) => (one.message === undefined ? [] : [[one.message, one]])))

/** True for what the session was told already, or what is for another client of the user: not until it is restored is it anything. */
const isNothingFor = (session: Session, entry: InboxEntry, now: number): boolean =>
  isTold(entry, session, now) || isForOther(session, entry)

/**
 * Reads the head of the inbox, strongly, unless nothing can be there: until so much is found that waits for the session,
 * or the end is reached. Small pages: what is read is paid for.
 *
 * @param wanted entries that the session has not been sent
 */
export async function readMail(village: Village, live: LiveSession, wanted: number): Promise<Mail> {
  const { session } = live
  const now = village.now()
  // What was acknowledged just now is not on its way any more.
  const sent = new Set(
    Object.entries(session.inFlight).flatMap(([id, { message }]) => (live.isSettled(id) ? [] : (message ?? []))),
  )
  const entries: InboxEntry[] = []
  const start = session.inboxFrom ?? ''
  let reach: string | undefined = start
  let from: string | undefined
  const isWaiting = judgeFor(village, session)
  let isHead = true
  let found = 0
  for (let limit = wanted + sent.size + 2; reach !== undefined && found < wanted; limit *= 2) {
    const page: InboxPage = await village.store.inbox.page(session.accountId, {
      from: reach,
      limit,
      consistent: true,
      now,
    })
    const open = new Map(page.entries.map((entry) => [entry.key, entry]))
    for (const { key, isOver } of page.read) {
      const entry = open.get(key)
      const isPast = isOver || (entry !== undefined && isNothingFor(session, entry, now))
      // What is young may still be joined by what was decided before it: a request that is repeated, a call that is slow.
      isHead &&= isPast && orderOf(key) < now - settledAfter
      if (isHead) from = `${key} `
    }
    for (const entry of page.entries) {
      const isSent = sent.has(entry.key)
      if (!(isSent ? isFor(village, session, entry, now) : await isWaiting(entry))) continue
      entries.push(entry)
      if (!isSent) found++
    }
    reach = page.next
  }
  return { entries, ...(reach !== undefined && { upTo: reach }), ...(from !== undefined && { from }) }
}

/** Judges for a session what of an inbox it has yet to be told. Who else is live is asked once. */
export function judgeFor(village: Village, session: Session): (entry: InboxEntry) => Promise<boolean> {
  const now = village.now()
  const sent = sentMessages(session)
  const asked = new Map<string, Promise<boolean>>()
  const isAnyLive = (ids: readonly string[]) => {
    const name = ids.join(' ')
    const answer = asked.get(name) ?? liveAmong(village, ids).then((live) => live.length > 0)
    asked.set(name, answer)
    return answer
  }
  return async (entry) => {
    if (isTold(entry, session, now) || sent.has(entry.key) || !isFor(village, session, entry, now)) return false
    if (entry.kind !== 'message' || !entry.only || takesType(session, entry.facts.contentType)) return true
    // A content that not all sessions take is left to those that do, while they are there.
    return !(await isAnyLive(entry.only))
  }
}

/** A message of the session's user that is not delivered yet, by its MessageID. Strong. */
export async function findMessage(
  village: Village,
  session: Session,
  messageId: string | undefined,
): Promise<InboxMessage | undefined> {
  const key = messageId === undefined ? undefined : keyOfMessage(messageId)
  const entry = key === undefined ? undefined : await village.store.inbox.read(session.accountId, key)
  return entry && isMessageFor(session, entry, village.now()) ? entry : undefined
}

/** Messages for a session that are not delivered yet, oldest first. @param most when so many are found it is enough */
export async function messagesFor(
  village: Village,
  session: Session,
  most = Number.POSITIVE_INFINITY,
): Promise<InboxMessage[]> {
  const messages: InboxMessage[] = []
  const now = village.now()
  const range = { from: '', limit: Math.min(most + spareMarks, listedAtOnce), consistent: true, now }
  for await (const page of village.store.inbox.pages(session.accountId, range)) {
    messages.push(...page.entries.filter((entry) => isMessageFor(session, entry, now)))
    if (messages.length >= most) break
  }
  return messages
}

/** Items of an inbox that are read in one Query to list it; some of them may be marks of what is done with. */
const listedAtOnce = 200
const spareMarks = 10

const isMessageFor = (session: Session, entry: InboxEntry, now: number): entry is InboxMessage =>
  entry.kind === 'message' && entry.validUntil > now && !isForOther(session, entry)
