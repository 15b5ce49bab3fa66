import type { Village } from '../village.ts'

/**
 * True when no more messages are kept for an account. They are counted when the numbers of the oldest and the newest say
 * that it may be so; and now and then, since of what comes at the same time several have the same number.
 */
export async function isFull(
  village: Village,
  accountId: string,
  last: { readonly number: number } | undefined,
): Promise<boolean> {
  const { inbox } = village.store
  const most = village.settings.messagesStoredMax
  const newest = last?.number ?? 0
  // The fewer there may be, the less it costs to count them.
  const countedEvery = Math.min(Math.max(most / 32, 1), 32)
  const isByChance = newest * countedEvery >= most && village.random(1)[0]! < 256 / countedEvery
  if (!isByChance && newest < most) return false
  const oldest = isByChance ? undefined : await inbox.first(accountId)
  if (oldest && newest - oldest.number < most - 1) return false
  let count = 0
  const now = village.now()
  for await (const page of inbox.pages(accountId, { from: '', limit: 100, consistent: true, now })) {
    count += page.entries.filter(({ validUntil }) => validUntil > now).length
    if (count >= most) return true
  }
  return false
}
