import { beforeAll, describe, expect, test } from 'vitest'
import { inCallMax } from '../../src/groups/ringing.ts'
import { over } from '../messaging/stage.ts'
import type { Call, FaultKind } from '../support/faultTable.ts'
import { justBefore } from '../support/justBefore.ts'
import {
  atCall,
  bellsMissing,
  type Crowd,
  copyOf,
  crowd,
  dying,
  heardByAll,
  jobsOf,
  logOf,
  sayAs,
  sweepOnce,
  textIn,
  toBeHeard,
} from './crowd.ts'
import { fetch, join, leave, say } from './stage.ts'

// What is said in a group stands once in its log, and all others who are joined get it once, in the order of the log;
// also when the call that sends it dies anywhere, or the sweeper that goes on with it.

const isInRoom = ({ of }: Call) => of.startsWith('room#')
const isBell = ({ call, of }: Call) => call === 'update' && of.startsWith('session#')

/** The calls of a message that nothing happens to. */
async function callsOf(at: Crowd): Promise<Call[]> {
  const calls: Call[] = []
  const { phone } = dying(at, at.all[1]!, (call) => void calls.push(call))
  expect((await say(phone, 'no fault')).code).toBe(200)
  expect(await heardByAll(at)).toEqual(toBeHeard(at, logOf(at).slice(-1)))
  return calls
}

interface Death {
  readonly nth: number
  readonly fault: FaultKind
  /** The client sends its request once more. */
  readonly repeats: boolean
}

/** More runs than in everyday's, as with the models. */
const times = Number(process.env.MODEL_RUNS ?? 1)

let messages = 0

/**
 * Somebody says something, and his call dies; then the sweeper comes by.
 *
 * @returns what stands in the log of it, and whether bells were left to the sweeper
 */
async function dieSaying(at: Crowd, { nth, fault, repeats }: Death): Promise<{ log: string[]; wasLeft: boolean }> {
  const sender = at.all[1]!
  const text = `${fault} ${nth} ${repeats ? 'and again' : 'for good'}`
  const id = `message ${++messages}`
  const before = logOf(at).length
  const { phone, invocation } = dying(at, sender, atCall(nth, fault))
  const { code } = await sayAs(phone, text, id)
  expect([invocation.crashed, code], text).toEqual([true, 500])
  const wasLeft = jobsOf(at).length > 0
  if (repeats) expect((await sayAs(sender, text, id)).code, text).toBe(200)
  await sweepOnce(at)
  expect(jobsOf(at), text).toEqual([])
  const log = logOf(at).slice(before).map(textIn)
  expect(log.length === 1 || (log.length === 0 && !repeats), `${text}: ${log.length} times in the log`).toBe(true)
  return { log, wasLeft }
}

/** The same, and everybody hears what stands in the log: at once, or where no bell was promised when he looks. */
async function dieAndHear(at: Crowd, death: Death): Promise<boolean> {
  const { log, wasLeft } = await dieSaying(at, death)
  const heard = await heardByAll(at, !wasLeft && !death.repeats)
  expect(heard, JSON.stringify(death)).toEqual(toBeHeard(at, logOf(at).slice(logOf(at).length - log.length)))
  expect(await heardByAll({ ...at, all: at.all.slice(0, 3) }), 'once').toEqual([[], [], []].slice(0, at.all.length))
  return log.length > 0
}

describe('the call that says something dies at each of its calls: nobody hears it, or all, once', () => {
  test('with two who are joined', async () => {
    const at = await crowd(2)
    const calls = await callsOf(at)
    const isSaid: boolean[] = []
    for (const { number: nth } of calls)
      for (const fault of ['crashBefore', 'crashAfter'] as const)
        for (const repeats of [true, false]) {
          const is = await dieAndHear(at, { nth, fault, repeats })
          if (!repeats) isSaid.push(is)
        }
    // Once it is said it stays so.
    expect(isSaid).toEqual([...isSaid].sort())
    expect(new Set(isSaid)).toEqual(new Set([false, true]))
  })

  test.each([
    ['as many as one call tells', inCallMax + 1, false],
    ['one more than that', inCallMax + 2, true],
  ])('with %s', async (_, count, isJob) => {
    const at = await crowd(count)
    const calls = await callsOf(at)
    expect(calls.filter(isBell)).toHaveLength(count - 1)
    expect(calls.some((one) => isInRoom(one) && one.call === 'delete')).toBe(isJob)
    const bells = calls.filter(isBell).map(({ number }) => number)
    // Of the bells the first and the last.
    const some = calls.map(({ number }) => number).filter((one) => ![...bells.slice(1, -1)].includes(one))
    for (const [place, nth] of some.entries()) {
      await dieAndHear(at, { nth, fault: 'crashBefore', repeats: place % 2 === 0 })
      // After a call is before the next one, and so each in both ways.
      if (isJob || times > 1) await dieAndHear(at, { nth, fault: 'crashAfter', repeats: place % 2 === 0 })
    }
  })
})

describe('500 are joined', () => {
  let at: Crowd
  beforeAll(async () => {
    at = await crowd(500)
  }, 60_000)

  test('and hear what several say at the same time, in the order of the log', async () => {
    const senders = [0, 1, 499].map((number) => at.all[number]!)
    const before = logOf(at).length
    const sent = await Promise.all(senders.map((phone, number) => say(phone, `text ${number}`)))
    expect(sent.map(({ code }) => code)).toEqual([200, 200, 200])
    expect(bellsMissing(at)).toBe(0)
    const said = logOf(at).slice(before)
    expect(said).toHaveLength(3)
    expect(await heardByAll(at)).toEqual(toBeHeard(at, said))
  }, 60_000)

  test('and are all told, also when the call dies', async () => {
    const before = logOf(at).length
    const calls: Call[] = []
    await say(dying(at, at.all[1]!, (call) => void calls.push(call)).phone, 'no fault')
    const [put, job] = calls.filter((one) => isInRoom(one) && one.call === 'put').map(({ number }) => number)
    const notes = calls.filter((one) => isInRoom(one) && one.call === 'update').map(({ number }) => number)
    expect(notes).toHaveLength(3)
    const deaths: Death[] = [
      { nth: put!, fault: 'crashBefore', repeats: false },
      { nth: put!, fault: 'crashAfter', repeats: true },
      { nth: job!, fault: 'crashAfter', repeats: false },
      { nth: notes[0]! - 40, fault: 'crashAfter', repeats: false },
      { nth: notes[1]!, fault: 'crashAfter', repeats: false },
      { nth: notes[2]!, fault: 'crashBefore', repeats: true },
      { nth: calls.length, fault: 'crashBefore', repeats: false },
    ]
    let left = 0
    for (const death of deaths) {
      const { log, wasLeft } = await dieSaying(at, death)
      if (log.length > 0) expect(bellsMissing(at), JSON.stringify(death)).toBe(0)
      left += Number(wasLeft)
    }
    expect(left).toBe(5)
    const said = logOf(at).slice(before)
    expect(said).toHaveLength(1 + 6)
    // All are told so; some of them ask what.
    const some = { ...at, all: at.all.filter((_, number) => times > 1 || number % 25 < 2) }
    expect(await heardByAll(some)).toEqual(toBeHeard(some, said))
  }, 60_000)

  test('bells that were rung before the call died are not rung once more but for the lots since the last note', async () => {
    let notes = 0
    const plan = (call: Call) => (isInRoom(call) && call.call === 'update' && ++notes === 2 ? 'crashAfter' : undefined)
    await say(dying(at, at.all[1]!, plan).phone, 'half')
    const rung: string[] = []
    const end = at.table.observe(({ call, ...one }) => {
      if (call === 'update' && 'key' in one && one.key.sk === 'hot') rung.push(one.key.pk)
    })
    await sweepOnce(at)
    end()
    expect([rung.length, new Set(rung).size]).toEqual([243, 243])
    expect(bellsMissing(at)).toBe(0)
  })

  test('a call that has no time left leaves the rest to the sweeper', async () => {
    const slow = justBefore(
      at.table,
      (call, { pk }) => call === 'update' && pk.startsWith('session#'),
      async () => at.village.clock.advance(6_000),
      100,
    )
    expect((await say(over(at.all[1]!, at, slow), 'slowly')).code).toBe(200)
    expect(jobsOf(at)).toHaveLength(1)
    expect(bellsMissing(at)).toBeGreaterThan(300)
    await sweepOnce(at)
    expect(jobsOf(at)).toEqual([])
    expect(bellsMissing(at)).toBe(0)
  })
})

describe('the sweeper that goes on with it', () => {
  const isHot = (call: string, key: object) => call === 'update' && 'sk' in key && key.sk === 'hot'
  const many = inCallMax + 8
  let of: Crowd
  beforeAll(async () => {
    of = await crowd(many)
  })

  /** A message whose call died with its job written. */
  async function halfSaid(): Promise<Crowd> {
    const at = await copyOf(of)
    let bells = 0
    await say(
      dying(at, at.all[1]!, (call) => (isBell(call) && ++bells === 5 ? 'crashBefore' : undefined)).phone,
      'half',
    )
    expect(jobsOf(at)).toHaveLength(1)
    return at
  }

  test('dies at each of its calls, and the next one tells all, once', async () => {
    const counted = await halfSaid()
    const all: Call[] = []
    const { invocation } = dying(counted, counted.all[0]!, (call) => void all.push(call))
    await sweepOnce(counted, invocation)
    const points = all.filter((call) => isInRoom(call) || (isBell(call) && call.number % 12 === 0))
    expect(points.length).toBeGreaterThan(5)
    for (const { number } of points) {
      const at = await halfSaid()
      const sweeper = dying(at, at.all[0]!, atCall(number, 'crashBefore')).invocation
      await sweepOnce(at, sweeper).catch(() => undefined)
      expect(sweeper.crashed).toBe(true)
      await sweepOnce(at)
      expect(jobsOf(at)).toEqual([])
      expect(await heardByAll(at), `dead before ${number}`).toEqual(toBeHeard(at, logOf(at)))
    }
  })

  test('and the client that sends once more at the same time tell all, once', async () => {
    const at = await copyOf(of)
    const sender = at.all[1]!
    await sayAs(dying(at, sender, (call) => (isBell(call) ? 'crashBefore' : undefined)).phone, 'both', '7')
    const meanwhile = justBefore(at.table, isHot, () => sweepOnce(at), 20)
    await sayAs(over(sender, at, meanwhile), 'both', '7')
    expect(await heardByAll(at)).toEqual(toBeHeard(at, logOf(at)))
    expect(logOf(at).filter(({ kind }) => kind === 'message')).toHaveLength(1)
    expect(jobsOf(at)).toEqual([])
  })

  test('and the call, when that takes longer than it should, tell all, once', async () => {
    const at = await copyOf(of)
    await say(
      over(
        at.all[1]!,
        at,
        justBefore(at.table, isHot, () => sweepOnce(at), 10),
      ),
      'slowly',
    )
    await sweepOnce(at)
    expect(await heardByAll(at)).toEqual(toBeHeard(at, logOf(at)))
  })

  test('tells a session that has heard it before nothing more', async () => {
    const at = await halfSaid()
    const heard = await heardByAll(at)
    expect(new Set(heard.map(String))).toEqual(new Set(['half', '']))
    await sweepOnce(at)
    const rest = await heardByAll(at)
    expect(heard.map((one, number) => [...one, ...rest[number]!])).toEqual(toBeHeard(at, logOf(at)))
  })
})

describe('while something is said', () => {
  const many = inCallMax + 3
  let of: Crowd
  let calls: number
  beforeAll(async () => {
    of = await crowd(many)
    calls = (await callsOf(await copyOf(of))).length
  })

  /** Something that happens just before the n-th call of whoever says something. */
  async function meanwhile(nth: number, act: (at: Crowd) => Promise<unknown>): Promise<Crowd> {
    const at = await copyOf(of)
    const before = justBefore(
      at.table,
      () => true,
      () => act(at),
      nth,
    )
    expect((await say(over(at.all[1]!, at, before), 'hello')).code).toBe(200)
    return at
  }

  /** Before most calls, and the bells of the first and the last. */
  const points = () =>
    Array.from({ length: calls }, (_, number) => number + 1).filter(
      (one) => one < 12 || one > calls - 3 || one % 16 === 0,
    )

  test('whoever polls hears it then or afterwards, once', async () => {
    for (const nth of points()) {
      let early: string[] = []
      const at = await meanwhile(nth, async ({ all }) => {
        early = await fetch(all[2]!)
      })
      const heard = await heardByAll(at)
      heard[2]!.unshift(...early)
      expect(heard, `before ${nth}`).toEqual(toBeHeard(at, logOf(at)))
    }
  })

  test('whoever leaves hears nothing that was said after he had left, and whoever stays all of it', async () => {
    for (const nth of points()) {
      const at = await meanwhile(nth, ({ all }) => leave(all[2]!))
      const heard = await heardByAll(at)
      const expected = toBeHeard(at, logOf(at))
      expected[2] = []
      expect(heard, `before ${nth}`).toEqual(expected)
    }
  })

  test('whoever comes hears what stands behind his coming in the log, and nothing before it', async () => {
    // Without the one who has left it is one bell less.
    for (const nth of points().filter((one) => one < calls)) {
      const before = await copyOf(of)
      await leave(before.all[2]!)
      const at = await copyOf({ ...before, since: of.since })
      const phone = over(
        at.all[1]!,
        at,
        justBefore(
          at.table,
          () => true,
          () => join(at.all[2]!),
          nth,
        ),
      )
      await say(phone, 'hello')
      const kinds = logOf(at).map(({ kind }) => kind)
      const isAfter = kinds.lastIndexOf('message') > kinds.lastIndexOf('joined')
      const heard = await heardByAll(at)
      const expected = toBeHeard(at, logOf(at))
      if (!isAfter) expected[2] = []
      expect(heard, `before ${nth}`).toEqual(expected)
    }
  })
})

test('whoever joins while something is said hears what stands behind his coming, whenever he came', async () => {
  const of = await crowd(3)
  await leave(of.all[2]!)
  for (let nth = 1; nth <= 20; nth++) {
    const at = await copyOf(of)
    const act = () => say(at.all[1]!, 'hello')
    await join(
      over(
        at.all[2]!,
        at,
        justBefore(at.table, () => true, act, nth),
      ),
    )
    const log = logOf(at)
    const kinds = log.map(({ kind }) => kind)
    if (!kinds.includes('message')) break
    const isAfter = kinds.lastIndexOf('message') > kinds.lastIndexOf('joined')
    const heard = await heardByAll(at, true)
    expect(heard[0], `before ${nth}`).toEqual(['hello'])
    expect(isAfter ? heard[2] : (heard[2] ?? []).slice(1), `before ${nth}`).toEqual(isAfter ? ['hello'] : [])
  }
})
