import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'
import { settle } from './settling.ts'

/**
 * The validity of a message is over: whoever waits for a report is told that it has expired (542). The sweeper comes by
 * for those messages alone; from the others nobody wants to hear, and TTL removes them.
 */
export async function expire(village: Village, accountId: string, key: string): Promise<void> {
  const entry = await village.store.inbox.read(accountId, key)
  if (entry?.kind !== 'message' || entry.validUntil > village.now()) return
  await settle(village, { user: entry.for, accountId }, entry, 542)
}

/** The account is being removed, and its inbox: whoever waits for a report on what it has not fetched is told (410). */
export async function returnMail(village: Village, account: Owner): Promise<void> {
  const { inbox } = village.store
  const now = village.now()
  for await (const page of inbox.pages(account.accountId, { from: '', limit: 100, consistent: true, now })) {
    for (const entry of page.entries) {
      const fate = entry.validUntil > now ? 410 : 542
      if (entry.kind === 'message' && entry.report) await settle(village, account, entry, fate)
    }
    await inLots(page.read, ({ key }) => inbox.remove(account.accountId, key))
  }
}
