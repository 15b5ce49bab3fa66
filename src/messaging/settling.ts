import type { StatusCode } from '../csp/statusCodes.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'
import { entryKey, type InboxMessage, type InboxReport } from './message.ts'
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
  if (isWanted) {
    const message = await inbox.decide(recipient.accountId, key, { code: fate, at: now })
    if (message?.kind === 'message' && message.outcome) await report(village, recipient, message, message.outcome)
  }
  await inbox.finish(recipient.accountId, key, now)
}

/** Puts the report into the inbox of the sender; the same one once more changes nothing. */
async function report(
  village: Village,
  recipient: Owner,
  { from, messageId, facts }: InboxMessage,
  { code, at }: NonNullable<InboxMessage['outcome']>,
): Promise<void> {
  const { settings, store } = village
  const entry: InboxReport = {
    kind: 'report',
    key: entryKey(at, `${messageId}#${recipient.user}`),
    messageId,
    facts,
    code,
    at,
    recipient: recipient.user,
    validUntil: at + settings.validity.default * 1000,
    number: ((await store.inbox.last(from.accountId))?.number ?? 0) + 1,
    told: {},
  }
  await store.inbox.put(from.accountId, entry)
  await ring(village, from, entry)
}
