import { slack } from '../../src/session/retention.ts'

/** A reference for times of which only bounds are known: a lost answer leaves open what was stored. */
interface Bounds {
  readonly min: number
  readonly max: number
}

/** What is believed of a session, from the answers that were seen. Milliseconds since 1970, Keep-Alive-Times in seconds. */
export interface Believed {
  readonly id: string
  readonly user: string
  /** The client that holds it; undefined when a lost answer leaves that open. */
  client: string | undefined
  alive: 'yes' | 'no' | 'maybe'
  /** A login of its client got no answer: the sweeper may yet end it in that login's favour. */
  doomed?: boolean
  /**
   * A restore got no answer: it may have come back without having become the one of its client, of which logins know
   * nothing until the sweeper has been there (R16).
   */
  unclaimed?: boolean
  keepAlive: Bounds
  deadline: Bounds
  gone: Bounds
  /** Whether a restore by its client needs no negotiation; undefined when that is open. */
  negotiated: boolean | undefined
}

const window = (keepAlive: number) => Math.min(5 * keepAlive, 86400) * 1000
const wholeSecond = (time: number) => Math.ceil(time / 1000) * 1000
const widen = (bounds: Bounds, by: Bounds): Bounds => ({
  min: Math.min(bounds.min, by.min),
  max: Math.max(bounds.max, by.max),
})

/** The life of sessions as mission.md tells it, in a few lines: no store, no conditions, no epochs. */
export class SessionModel {
  readonly sessions = new Map<string, Believed>()

  /** A login has been answered with 200. */
  created(id: string, user: string, client: string, keepAlive: number, now: number, certain: boolean): void {
    this.#replace(user, client, id, now, certain)
    const granted = { min: keepAlive, max: keepAlive }
    this.sessions.set(id, {
      id,
      user,
      client,
      alive: 'yes',
      keepAlive: granted,
      ...this.#times(granted, now),
      negotiated: false,
    })
  }

  /** A login or restore got no answer: whoever the client had may be replaced. */
  maybeReplaced(user: string, client: string, except: string | undefined, now: number): void {
    this.#replace(user, client, except, now, false)
  }

  /** A request was served. Without `stored` its touch may have failed. */
  served(session: Believed, now: number, stored: boolean, keepAlive = session.keepAlive): void {
    session.alive = 'yes'
    const times = this.#times(keepAlive, now)
    session.keepAlive = stored ? keepAlive : widen(session.keepAlive, keepAlive)
    session.deadline = stored
      ? times.deadline
      : { min: session.deadline.min, max: Math.max(session.deadline.max, times.deadline.max) }
    const gone = stored ? times.gone : { min: session.gone.min, max: Math.max(session.gone.max, times.gone.max) }
    session.gone = session.doomed ? widen(gone, { min: now + window(keepAlive.min), max: gone.max }) : gone
  }

  /** A request got no answer: it may have been stored. */
  maybeServed(session: Believed, now: number, keepAlive = session.keepAlive): void {
    session.keepAlive = widen(session.keepAlive, keepAlive)
    const { deadline, gone } = this.#times(session.keepAlive, now)
    session.deadline = {
      min: Math.min(session.deadline.min, deadline.min),
      max: Math.max(session.deadline.max, deadline.max),
    }
    session.gone = { min: Math.min(session.gone.min, gone.min), max: Math.max(session.gone.max, gone.max) }
  }

  /** It ended now: by logout, Disconnect or replacement. Uncertain when the answer was lost. */
  ended(session: Believed, now: number, certain: boolean): void {
    if (session.alive === 'no') return
    const gone = { min: now + window(session.keepAlive.min), max: wholeSecond(now) + window(session.keepAlive.max) }
    // Past its deadline it has ended already, and its window runs since then.
    if (now >= session.deadline.max) {
      session.alive = 'no'
      return
    }
    const isCertain = certain && session.alive === 'yes' && !session.unclaimed && now < session.deadline.min
    session.alive = isCertain ? 'no' : 'maybe'
    session.gone = isCertain ? gone : widen(session.gone, gone)
  }

  /** A restore has been answered with 200. */
  restored(
    session: Believed,
    client: string,
    keepAlive: Bounds,
    negotiationAsked: boolean,
    now: number,
    certain: boolean,
  ): void {
    this.#replace(session.user, client, session.id, now, certain)
    session.client = client
    session.alive = 'yes'
    session.doomed = false
    session.unclaimed = false
    session.keepAlive = keepAlive
    session.negotiated = !negotiationAsked
    Object.assign(session, this.#times(keepAlive, now))
  }

  /** True when a request must be served; false when it must be refused; undefined when either is right. */
  mustBeLive(session: Believed, now: number): boolean | undefined {
    if (now >= session.deadline.max || session.alive === 'no') return false
    return session.alive === 'yes' && !session.doomed && now < session.deadline.min ? true : undefined
  }

  /** True when its client must get it back; false when nobody may; undefined when either is right. */
  mustBeResumable(session: Believed, now: number): boolean | undefined {
    if (now >= session.gone.max) return false
    return now < session.gone.min ? true : undefined
  }

  #replace(user: string, client: string, except: string | undefined, now: number, certain: boolean): void {
    for (const other of this.sessions.values()) {
      if (other.user !== user || other.id === except) continue
      if (other.client !== client && other.client !== undefined) continue
      const isCertain = certain && other.client === client
      this.ended(other, now, isCertain)
      if ((!isCertain || other.unclaimed) && other.alive !== 'no') other.doomed = true
    }
  }

  #times(keepAlive: Bounds, now: number): { deadline: Bounds; gone: Bounds } {
    const longest = now + (keepAlive.max + slack(keepAlive.max)) * 1000
    return {
      deadline: { min: now + keepAlive.min * 1000, max: longest },
      gone: {
        min: now + keepAlive.min * 1000 + window(keepAlive.min),
        max: wholeSecond(longest) + window(keepAlive.max),
      },
    }
  }
}
