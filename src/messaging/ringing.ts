import { initiate } from '../delivery/cir.ts'
import { inLots } from '../presence/lots.ts'
import type { Owner } from '../presence/subscription.ts'
import { liveAmong } from '../session/lookup.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import { canBeTold } from './acceptance.ts'
import { judgeFor, sentMessages } from './inbox.ts'
import { type InboxEntry, isTold } from './message.ts'

/** The live sessions of an account, as its presence knows them. Strong. */
async function liveSessionsOf(village: Village, { accountId }: Pick<Owner, 'accountId'>): Promise<Session[]> {
  const document = await village.store.presence.read(accountId)
  return liveAmong(village, liveClients(document))
}

/** The SessionIDs that a presence document holds for live. */
export const liveClients = (document: { readonly clients: Record<string, { readonly live: boolean }> } | undefined) =>
  Object.entries(document?.clients ?? {}).flatMap(([id, { live }]) => (live ? [id] : []))

/**
 * Tells the live sessions of an account that something has come into its inbox: their bell, one write each. It is rung
 * after the entry is there, and they are looked up after that: whoever logs in meanwhile looks for itself. What has come
 * is there, whether or not that succeeds: a bell that is not rung is made good with the next request that is stored.
 */
export async function ring(village: Village, account: Owner, entry: InboxEntry): Promise<void> {
  try {
    await ringAll(village, account, entry)
  } catch (error) {
    village.log.error('a bell was not rung', error)
  }
}

async function ringAll(village: Village, account: Owner, entry: InboxEntry): Promise<void> {
  const canTell = (session: Session) => canBeTold(session, entry, village.settings)
  const sessions = await liveSessionsOf(village, account)
  // "Cannot be told" may rest on an eventual read, and is looked at again.
  const others = sessions.filter((session) => !canTell(session)).map(({ id }) => id)
  const again = (await liveAmong(village, others, true)).filter(canTell)
  await inLots([...sessions.filter(canTell), ...again], (session) => ringOne(village, session, entry.key))
}

async function ringOne(village: Village, session: Session, key: string): Promise<void> {
  if (await village.store.bells.ring(session.id, key)) await initiate(village, session)
}

/**
 * Looks whether anything waits for a session in the inbox of its account, and rings its bell: after a login, a restore,
 * and whenever a request is stored, so that a bell that was lost in a crash is made good.
 *
 * @param consistent false where a late answer does no harm
 * @returns true when there is something that it may be told now
 */
export async function lookForMail(village: Village, session: Session, consistent: boolean): Promise<boolean> {
  const { accountId, capabilityPending: mustNegotiate = false } = session
  const judge = judgeFor(village, session)
  const sentBefore = [...sentMessages(session)].filter(([, { tries }]) => tries === 0).map(([key]) => key)
  const { inboxFrom = '', lookBackAt = Number.POSITIVE_INFINITY } = session
  // The time has come of something that was given up.
  const now = village.now()
  const looksBack = lookBackAt <= now
  let comesAgain = false
  let next: number | undefined
  const range = { from: looksBack ? '' : inboxFrom, limit: glance, consistent, now }
  for await (const page of village.store.inbox.pages(accountId, range)) {
    const judged = await Promise.all(page.entries.map(judge))
    const first = page.entries.find((_, index) => judged[index])
    next = earliest(
      next,
      page.entries.flatMap((entry) => (isTold(entry, session, now) ? (entry.told[session.id]?.until ?? []) : [])),
    )
    if (first && looksBack) await village.store.bells.lookBack(session, next ?? now + lookAgainAfter)
    if (first) {
      await ringOne(village, session, first.key)
      return !mustNegotiate
    }
    // It has come back: what it was sent and did not acknowledge comes again, and needs no bell.
    comesAgain ||= page.entries.some(({ key, validUntil }) => sentBefore.includes(key) && validUntil > now)
  }
  if (looksBack) await village.store.bells.lookBack(session, next)
  return comesAgain && !mustNegotiate
}

const earliest = (one: number | undefined, others: readonly number[]): number | undefined =>
  one === undefined && others.length === 0 ? undefined : Math.min(one ?? Number.POSITIVE_INFINITY, ...others)

/** Milliseconds after which a session looks for more of what was given up, when it has found something. */
const lookAgainAfter = 600_000

/** Entries that a look takes at a time. */
const glance = 16
