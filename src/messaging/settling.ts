import type { StatusCode } from '../csp/statusCodes.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Decided } from '../store/inbox.ts'
import type { Village } from '../village.ts'
import { entryKey, type InboxMessage, type InboxReport, settledAfter } from './message.ts'
import { ring } from './ringing.ts'

/** What becomes of a message in the end: delivered, undeliverable, rejected, forwarded, expired. */
export type Fate = Extract<StatusCode, 200 | 410 | 538 | 541 | 542>

/**
 * Takes an entry out of an inbox for good: one write. Where the sender of a message wants to know it is told first, so
 * that a call that dies on the way is made good by whoever comes next: the client's next try, or the sweeper.
 *
 * @param recipient whose inbox it is
 */
export async function settle(
  village: Village,
  recipient: Owner,
  { key, report: isWanted }: Pick<InboxMessage, 'key' | 'report'>,
  fate: Fate,
): Promise<void> {
  const { inbox } = village.store
  const now = village.now()
  const message = isWanted ? await inbox.decide(recipient.accountId, key, { code: fate, at: now }) : undefined
  if (message) await report(village, recipient, message, now)
  await inbox.finish(recipient.accountId, key, now)
}

/** Puts the report into the inbox of the sender; the same one once more changes nothing. */
async function report(village: Village, recipient: Owner, decided: Decided, now: number): Promise<void> {
  const { settings, store } = village
  const isLate = now - decided.outcome.at > settledAfter / 2
  if (isLate && (await store.inbox.isKnown(decided.from.accountId, reportKey(decided)))) return
  // Under a number of so long ago it might not be found.
  const message = isLate ? await store.inbox.renew(recipient.accountId, decided, now) : decided
  if (!message) return
  const { from, messageId, facts, outcome } = message
  const entry: InboxReport = {
    kind: 'report',
    key: reportKey(message),
    messageId,
    facts,
    ...outcome,
    recipient: recipient.user,
    ...(message.group && { group: message.group }),
    validUntil: outcome.at + settings.validity.default * 1000,
    number: ((await store.inbox.last(from.accountId))?.number ?? 0) + 1,
    told: {},
  }
  await store.inbox.put(from.accountId, entry)
  await ring(village, from, entry)
}

const reportKey = ({ outcome, messageId, for: recipient }: Decided): string =>
  entryKey(outcome.at, `${messageId}#${recipient}`)
