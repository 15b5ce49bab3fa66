import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { element } from '../../src/csp/element.ts'
import type { Version } from '../../src/csp/versions.ts'
import { allAttributes, attributeSet, presenceAttributes } from '../../src/presence/attributes.ts'
import {
  changedIn,
  concerns,
  noPresence,
  type PresenceDocument,
  withEnded,
  withOpened,
  withValues,
} from '../../src/presence/document.ts'
import { presenceSubList } from '../../src/presence/rendering.ts'
import type { PresenceValue } from '../../src/presence/values.ts'
import { toldIn } from '../support/watching.ts'

/** More runs than in everyday's: `MODEL_RUNS=20` is twenty times as many. */
const times = Number(process.env.MODEL_RUNS ?? 1)

const start = 1_700_000_000_000
const isPerClient = (name: string) => presenceAttributes.find((one) => one.name === name)!.perClient

/** A session in a story: whether it is live, and in which epoch. */
interface Actor {
  readonly id: string
  clientId: Record<string, string>
  epoch: number
  live: boolean
  /** The epochs in which it ended. */
  readonly ends: number[]
}

const names = ['Registration', 'FreeTextLocation', 'StatusText', 'Alias', 'OnlineStatus'] as const
const step = fc.record({
  act: fc.constantFrom('open', 'open', 'end', 'end', 'say', 'say', 'say', 'suppose', 'lateEnd', 'reopen', 'pass'),
  who: fc.nat(5),
  name: fc.constantFrom(...names),
  text: fc.constantFrom('a', 'b', 'c'),
  qualified: fc.boolean(),
  /** Which readers look now. */
  read: fc.subarray([0, 1, 2]),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** What a story may hold. */
interface Rules {
  readonly sessions: number
  /** The clients that the sessions are of. */
  readonly client: (session: number) => string
  /** Seconds that an ended session is kept. */
  readonly window: number
}

class Story {
  document: PresenceDocument = noPresence
  now = start
  readonly actors: Actor[]
  readonly rules: Rules

  constructor(rules: Rules) {
    this.rules = rules
    this.actors = Array.from({ length: rules.sessions }, (_, number) => ({
      id: `s${number}`,
      clientId: { URL: rules.client(number) },
      epoch: 0,
      live: false,
      ends: [],
    }))
  }

  take({ act, who, name, text, qualified }: Step): void {
    this.now += 1
    const actor = this.actors[who % this.actors.length]!
    const before = this.document
    const after = this.#change(act, actor, name, text, qualified)
    if (after) {
      expect(after.version, 'versions strictly grow').toBe(before.version + 1)
      this.document = after
    }
    this.#check(before, after)
  }

  #change(act: Step['act'], actor: Actor, name: string, text: string, qualified: boolean) {
    const { id, clientId } = actor
    if (act === 'pass') {
      this.now += 100_000
      return undefined
    }
    if (act === 'open' || act === 'reopen') {
      if (act === 'open' && actor.live) {
        const again = withOpened(this.document, { id, epoch: actor.epoch, clientId }, this.now)
        expect(again, 'it is open already').toBeUndefined()
        return undefined
      }
      if (!actor.live && act === 'reopen') return undefined
      actor.epoch++
      actor.live = true
      return withOpened(this.document, { id, epoch: actor.epoch, clientId }, this.now)
    }
    const expiresAt = Math.ceil(this.now / 1000) + this.rules.window
    if (act === 'end') {
      if (!actor.live) return undefined
      actor.live = false
      actor.epoch++
      actor.ends.push(actor.epoch)
      return withEnded(this.document, { id, epoch: actor.epoch, expiresAt }, this.now)
    }
    if (act === 'lateEnd') {
      const [epoch] = actor.ends
      if (epoch === undefined || !actor.live) return undefined
      const after = withEnded(this.document, { id, epoch, expiresAt }, this.now)
      expect(after, 'an end of an earlier epoch took a restored client offline').toBeUndefined()
      return undefined
    }
    if (!this.document.clients[id]) return undefined
    const value: PresenceValue = qualified ? { Qualifier: 'T', PresenceValue: text } : { Qualifier: 'F' }
    const after = withValues(this.document, id, new Map([[name, value]]), act === 'suppose')
    if (after) expect(withValues(after, id, new Map([[name, value]])), 'said twice, nothing changes').toBeUndefined()
    return after
  }

  #check(before: PresenceDocument, after: PresenceDocument | undefined): void {
    for (const actor of this.actors)
      if (actor.live) expect(this.document.clients[actor.id]?.live, `${actor.id} is live`).toBe(true)
      else expect(this.document.clients[actor.id]?.live ?? false, `${actor.id} is not live`).toBe(false)
    const online = this.actors.some(({ live }) => live)
    expect(full(this.document, '1.2').OnlineStatus).toBe(online ? 'PresenceValue=T' : 'PresenceValue=F')
    // What is told to whoever watches at every change is announced as concerned, or he would not look.
    if (!after) return
    for (const version of ['1.2', '1.3'] as const) {
      const delta = toldOf(after, version, before.version)
      const { single, perClient } = changedIn(after)
      const announced = version === '1.3' ? perClient : single
      for (const [name] of delta)
        expect(announced & attributeSet([name.split(' of ')[0]!]), `${name} in ${version}`).not.toBe(0)
      expect(concerns(changedIn(after)) & announced).toBe(announced)
    }
  }
}

const toldOf = (document: PresenceDocument, version: Version, since?: number) =>
  toldIn(element('PresenceSubList', presenceSubList(document, { version, attributes: allAttributes, since })))
const full = (document: PresenceDocument, version: Version): Record<string, string> =>
  Object.fromEntries(toldOf(document, version).filter((one): one is [string, string] => one[1] !== undefined))

/** A client that is told of a document now and then, and only what changed. */
class Reader {
  readonly version: Version
  readonly known: Record<string, string> = {}
  #since: number | undefined

  constructor(version: Version) {
    this.version = version
  }

  read(document: PresenceDocument): void {
    for (const [name, value] of toldOf(document, this.version, this.#since)) {
      if (value === undefined) delete this.known[name]
      else this.known[name] = value
    }
    this.#since = document.version
  }

  /** 1.3: what it knows of the clients that it believes to be online. */
  ofOnline(): Record<string, string> {
    const online = Object.keys(this.known)
      .filter((name) => name.startsWith('OnlineStatus of ') && this.known[name] === 'PresenceValue=T')
      .map((name) => name.replace('OnlineStatus', ''))
    return Object.fromEntries(
      Object.entries(this.known).filter(([name]) => online.some((client) => name.endsWith(client))),
    )
  }
}

function run(rules: Rules, steps: readonly Step[], version: Version): void {
  const story = new Story(rules)
  const readers = [new Reader(version), new Reader(version), new Reader(version)]
  for (const one of steps) {
    story.take(one)
    for (const number of one.read) readers[number]!.read(story.document)
  }
  for (const reader of readers) {
    reader.read(story.document)
    const now = full(story.document, version)
    if (version !== '1.3') {
      expect(reader.known).toEqual(now)
      continue
    }
    // A full read leaves out clients that are not there, while one is: whoever was told of their end knows more. Of
    // several that are not there it shows one, and whoever was told of changes may know another.
    const isOnline = Object.values(now).includes('PresenceValue=T')
    if (isOnline) expect(reader.known).toMatchObject(now)
    expect(now).toMatchObject(reader.ofOnline())
  }
}

const steps = fc.array(step, { minLength: 1, maxLength: 40, size: 'max' })

describe('who is told of changes alone knows in the end what a full read tells', () => {
  const long = 10_000_000

  for (const version of ['1.1', '1.2', '1.3'] as const) {
    test(`in ${version}, each session of a client of its own`, () => {
      fc.assert(
        fc.property(steps, (steps) =>
          run({ sessions: 4, client: (number) => `client ${number}`, window: long }, steps, version),
        ),
        { numRuns: 200 * times },
      )
    })

    test(`in ${version}, with sessions of the same client one after the other`, () => {
      fc.assert(
        fc.property(steps, (steps) => {
          // A client logs in in place of its session: the new one opens before the old one ends (R16).
          const taken = steps.flatMap((one): Step[] =>
            one.act === 'open'
              ? [
                  one,
                  ...[0, 1, 2, 3, 4, 5]
                    .filter((who) => who % 4 !== one.who % 4 && who % 2 === one.who % 2)
                    .map((who): Step => ({ ...one, act: 'end', who })),
                ]
              : [one],
          )
          run({ sessions: 4, client: (number) => `client ${number % 2}`, window: long }, taken, version)
        }),
        { numRuns: 200 * times },
      )
    })
  }

  test('in 1.2, when ended clients are forgotten after their window', () => {
    fc.assert(
      fc.property(steps, (steps) =>
        run({ sessions: 6, client: (number) => `client ${number}`, window: 150 }, steps, '1.2'),
      ),
      { numRuns: 200 * times },
    )
  })
})

describe('what 1.1 and 1.2 are shown', () => {
  test('is the value of the newest live client that has one; of no live one, of the newest that had', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const story = new Story({ sessions: 4, client: (number) => `client ${number}`, window: 1_000_000 })
        for (const one of steps) story.take(one)
        const { clients } = story.document
        const shown = full(story.document, '1.2')
        for (const name of names.filter(isPerClient)) {
          const having = Object.entries(clients).filter(([, { values }]) => values[name])
          const live = having.filter(([, one]) => one.live)
          const [newest] = (live.length > 0 ? live : having).sort(([, a], [, b]) => b.openedAt - a.openedAt)
          const value = newest?.[1].values[name]?.value as Record<string, string> | undefined
          const expected = value?.Qualifier === 'T' ? `PresenceValue=${value.PresenceValue}` : undefined
          if (name === 'OnlineStatus') expect(shown[name]).toBe(expected ?? 'PresenceValue=F')
          else expect(shown[name], name).toBe(expected)
        }
      }),
      { numRuns: 200 * times },
    )
  })

  test('in 1.3 there is one of each for every live client, by its ClientID', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const story = new Story({ sessions: 4, client: (number) => `client ${number}`, window: 1_000_000 })
        for (const one of steps) story.take(one)
        const live = story.actors.filter((one) => one.live)
        fc.pre(live.length > 0)
        const statuses = Object.entries(full(story.document, '1.3')).filter(([name]) => name.startsWith('OnlineStatus'))
        expect(statuses.sort()).toEqual(
          live.map(({ clientId }) => [`OnlineStatus of ClientID(URL=${clientId.URL})`, 'PresenceValue=T']).sort(),
        )
      }),
      { numRuns: 100 * times },
    )
  })
})

test('1.3: of a client that comes back everything is told to those who never saw it', () => {
  const opened = (before: PresenceDocument, id: string, epoch: number, now: number) =>
    withOpened(before, { id, epoch, clientId: { URL: id } }, now)!
  let document = opened(noPresence, 'pda', 1, start)
  document = withEnded(document, { id: 'pda', epoch: 2, expiresAt: start / 1000 + 999 }, start)!
  document = opened(document, 'phone', 1, start + 1)
  const reader = new Reader('1.3')
  reader.read(document)
  document = opened(document, 'pda', 3, start + 2)
  reader.read(document)
  expect(reader.known).toMatchObject(full(document, '1.3'))
})

describe('clients that have ended', () => {
  test('are forgotten with what they said: who was told of it is told that it is withdrawn', () => {
    const said = new Map([['FreeTextLocation', { Qualifier: 'T', PresenceValue: 'here' }]])
    let document = withOpened(noPresence, { id: 'old', epoch: 1 }, start)!
    document = withValues(document, 'old', said)!
    document = withEnded(document, { id: 'old', epoch: 2, expiresAt: start / 1000 + 150 }, start)!
    const reader = new Reader('1.2')
    reader.read(document)
    expect(reader.known.FreeTextLocation).toBe('PresenceValue=here')
    document = withOpened(document, { id: 'new', epoch: 1 }, start + 200_000)!
    reader.read(document)
    expect(reader.known).toEqual(full(document, '1.2'))
  })

  const opened = (count: number, window: number) => {
    let document: PresenceDocument = noPresence
    for (let number = 0; number < count; number++) {
      const now = start + number
      document = withOpened(document, { id: `s${number}`, epoch: 1, clientId: { URL: `${number}` } }, now)!
      document = withEnded(document, { id: `s${number}`, epoch: 2, expiresAt: start / 1000 + window }, now)!
    }
    return document
  }

  test('are four at most, the newest', () => {
    expect(Object.keys(opened(9, 1000).clients).sort()).toEqual(['s5', 's6', 's7', 's8'])
  })

  test('go when their window is over, and live ones never', () => {
    const document = withOpened(opened(3, 10), { id: 'new', epoch: 1 }, start + 9_000)!
    expect(Object.keys(document.clients)).toHaveLength(4)
    const later = withEnded(document, { id: 'other', epoch: 2, expiresAt: start / 1000 + 99 }, start + 10_000)!
    expect(Object.keys(later.clients).filter((id) => id !== 'other')).toEqual(['new'])
  })

  test.each([
    ['a', 'b'],
    ['b', 'a'],
  ])(
    'of one client, in the same millisecond: what is kept is that the last one has gone (%s, then %s)',
    (one, other) => {
      const clientId = { URL: 'pda' }
      const end = { epoch: 2, expiresAt: start / 1000 + 99 }
      let document = withOpened(noPresence, { id: one, epoch: 1, clientId }, start)!
      document = withOpened(document, { id: other, epoch: 1, clientId }, start)!
      document = withEnded(document, { id: one, ...end }, start)!
      const known = document.version
      document = withEnded(document, { id: other, ...end }, start)!
      const news = presenceSubList(document, { version: '1.3', attributes: allAttributes, since: known })
      expect(news.OnlineStatus).toMatchObject([{ PresenceValue: 'F' }])
    },
  )

  test('whose end comes before it was known to be there do not come to life any more', () => {
    const ended = withEnded(noPresence, { id: 's', epoch: 2, expiresAt: start / 1000 + 99 }, start)!
    expect(withOpened(ended, { id: 's', epoch: 1 }, start)).toBeUndefined()
    expect(withOpened(ended, { id: 's', epoch: 3 }, start)!.clients.s!.live).toBe(true)
  })
})
