import { finishAccount, finishRemoval } from '../accounts/lifecycle.ts'
import { finishLeaving } from '../groups/leaving.ts'
import { finishGroup } from '../groups/removing.ts'
import { runRingJob } from '../groups/ringing.ts'
import { shortId } from '../log.ts'
import { expire } from '../messaging/expiry.ts'
import { finishJob } from '../presence/jobs.ts'
import { finishListing, isEntry } from '../search/finishing.ts'
import {
  accountIdOfRemoval,
  accountIdOfUser,
  idOfSession,
  inboxSkPrefix,
  joinedSkPrefix,
  keyOfGroup,
  userOfAccount,
} from '../store/keys.ts'
import type { Takeover } from '../store/sessionItem.ts'
import { ConditionFailed, type Key } from '../store/table.ts'
import type { Village } from '../village.ts'
import { endReplaced, endSession, finishEnding } from './ending.ts'
import { isLiveOf, type Session } from './session.ts'

/** How many items are looked at at a time, and how many of a shard at once. */
const atOnce = 8
const pageSize = 100

export interface Swept {
  /** Items looked at. */
  readonly looked: number
  /** Seconds by which the most overdue session was overdue; 0 without any. */
  readonly lag: number
}

/**
 * Looks at everything whose time has come: ends sessions that ran out, finishes endings, logins and account changes
 * that a crash has cut short. Runs may overlap: every step is conditional and can be done twice.
 *
 * @param deadline when to stop (milliseconds since 1970); what is left waits for the next run
 */
export async function sweep(village: Village, deadline: number): Promise<Swept> {
  const run = new Run(village, deadline)
  for (const shard of village.store.sweep.shards) await run.shard(shard)
  village.log.metric('SweepLag', run.lag)
  return { looked: run.looked, lag: run.lag }
}

class Run {
  looked = 0
  lag = 0
  readonly #village: Village
  readonly #started: number
  readonly #deadline: number

  constructor(village: Village, deadline: number) {
    this.#village = village
    this.#started = village.now()
    this.#deadline = deadline
  }

  async shard(shard: string): Promise<void> {
    // What was looked at in this run is left for the next one: the index is eventual, and some of it may be stuck.
    const seen = new Set<string>()
    while (this.#village.now() < this.#deadline) {
      // So many that what is stuck at the head hides nothing behind it.
      const limit = seen.size + pageSize
      const due = await this.#village.store.sweep.due(shard, this.#started, limit)
      const fresh = due.filter((key) => !seen.has(nameOf(key)))
      for (const key of fresh) seen.add(nameOf(key))
      await this.#lookAtAll(fresh)
      if (due.length < limit) break
    }
  }

  async #lookAtAll(keys: readonly Key[]): Promise<void> {
    for (let start = 0; start < keys.length && this.#village.now() < this.#deadline; start += atOnce) {
      const batch = keys.slice(start, start + atOnce)
      const lags = await Promise.all(batch.map((key) => this.#lookSafely(key)))
      this.looked += batch.length
      this.lag = Math.max(this.lag, ...lags)
    }
  }

  /** One item's trouble does not keep the others waiting. */
  async #lookSafely(key: Key): Promise<number> {
    try {
      return await lookAt(this.#village, key)
    } catch (error) {
      this.#village.log.error('sweep failed', error, { kind: key.pk.split('#')[0] })
      return 0
    }
  }
}

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`

/** @returns seconds by which a session was overdue */
async function lookAt(village: Village, { pk, sk }: Key): Promise<number> {
  if (pk.startsWith('session#')) return lookAtSession(village, idOfSession(pk))
  if (pk.startsWith('account#')) await finishAccount(village, userOfAccount(pk))
  if (sk.startsWith(inboxSkPrefix)) await expire(village, accountIdOfUser(pk), sk.slice(inboxSkPrefix.length))
  else if (isEntry({ pk, sk })) await finishListing(village, { pk, sk })
  else if (pk.startsWith('user#')) await lookAtJob(village, { pk, sk })
  if (pk.startsWith('group#')) await finishGroup(village, keyOfGroup(pk))
  if (pk.startsWith('room#') && !isEntry({ pk, sk })) await lookAtRoom(village, { pk, sk })
  if (pk.startsWith('removal#')) await finishRemoval(village, { user: sk, accountId: accountIdOfRemoval(pk) })
  return 0
}

/** A job on watchers whose call has died, or had no time left. */
async function lookAtJob(village: Village, key: Key): Promise<void> {
  const job = await village.store.jobs.read(key)
  if (job) await finishJob(village, job)
}

/** Somebody who was about to leave a group, or bells that were not rung, when a call died or had no time left. */
async function lookAtRoom(village: Village, key: Key): Promise<void> {
  if (key.sk.startsWith(joinedSkPrefix)) return finishLeaving(village, key)
  const job = await village.store.rooms.readJob(key)
  if (job) await runRingJob(village, job)
}

async function lookAtSession(village: Village, id: string): Promise<number> {
  const found = await village.store.sessions.read(id)
  if (!found || found.session.state === 'ended') return 0
  const { session, takeover } = found
  const now = village.now()
  // R8, R9: even past its window an overdue session has an end whose consequences someone waits for.
  if (session.state === 'live' && now >= session.liveUntil) {
    await endSession(village, session, 'expired')
    return (now - session.liveUntil) / 1000
  }
  if (session.state === 'ending') {
    await finishEnding(village, found)
    return 0
  }
  if (takeover) await finishTakeover(village, session, takeover)
  await village.store.sessions.sweepAtDeadline(session)
  return 0
}

/** Does what a login that was cut short has left undone: one live session per user and ClientID (R16). */
async function finishTakeover(village: Village, session: Session, { replaces }: Takeover): Promise<void> {
  const { clients } = await village.store.accounts.loginView(session.user)
  const entry = village.store.accounts.clientOf(clients, session)?.sessionId
  await endReplaced(village, replaces, session.client)
  if (entry === session.id) return
  const other = entry === undefined ? undefined : await village.store.sessions.read(entry)
  const otherLives = other && isLiveOf(village.now(), other.session, session.client)
  // The client has logged in again since: that session stands, this one is replaced.
  if (otherLives) return void (await endSession(village, session, 'replaced'))
  try {
    await village.store.sessions.claimClient(session, undefined, { of: entry })
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    village.log.warn('a login overtook the sweeper', { session: shortId(session.id) })
  }
}
