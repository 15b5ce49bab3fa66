import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clients, MessagesWorld, users } from './messagesWorld.ts'
import { noFaults, someFaults, stories } from './rates.ts'

const acts = [
  'login',
  'restore',
  'restore',
  'logout',
  'keepAlive',
  'send',
  'send',
  'send',
  'send',
  'repeat',
  'poll',
  'poll',
  'poll',
  'poll',
  'poll',
  'sweep',
  'pass',
  'pass',
  'pass',
] as const

/** One step: what, who, and a number to choose with; and whether the next one comes at the same time. */
const step = fc.record({
  act: fc.constantFrom(...acts),
  client: fc.nat(users.length * clients.length - 1),
  choice: fc.nat(1000),
  together: fc.nat(9).map((number) => number === 0),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** Seconds: within the time of an answer, of each try, of a Keep-Alive-Time, and beyond. */
const passing = [1, 3, 5, 10, 10, 11, 20, 21, 40, 81, 130, 300, 719, 721]

function take(world: MessagesWorld, { act, client: number, choice }: Step): Promise<void> {
  const client = world.client(number)
  if (act === 'send') {
    const to = users.filter((_, index) => (1 + (choice % 7)) & (1 << index))
    return world.send(client, to, choice % 3 === 0)
  }
  if (act === 'poll') return world.poll(client, choice % 4)
  if (act === 'sweep') return world.sweep()
  if (act === 'pass') {
    world.pass(passing[choice % passing.length]!)
    return Promise.resolve()
  }
  return world[act](client)
}

let steps = 0

async function run(
  seed: number,
  rates: Parameters<typeof MessagesWorld.create>[1],
  lossRate: number,
  story: readonly Step[],
) {
  const world = await MessagesWorld.create(seed, rates, lossRate)
  try {
    // Everybody is there to begin with.
    for (let number = 0; number < users.length * 2; number++) await world.login(world.client(number))
    for (let index = 0; index < story.length; ) {
      let end = index + 1
      const joins = (one: Step | undefined) => one !== undefined && one.act !== 'pass'
      while (joins(story[end]) && joins(story[end - 1]) && story[end - 1]!.together && end - index < 3) end++
      await Promise.all(story.slice(index, end).map((one) => take(world, one)))
      index = end
    }
    steps += story.length
    await world.settle()
  } catch (error) {
    // The story is what one needs to see.
    throw new Error(`${(error as Error).message}\nafter\n  ${world.history.join('\n  ')}`, { cause: error })
  }
}

describe('messages, held against a reference model', () => {
  const story = fc.tuple(fc.integer(), fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }))
  const runs = (rates: Parameters<typeof run>[1], lossRate: number, numRuns: number) =>
    fc.assert(
      fc.asyncProperty(story, async ([seed, all]) => run(seed, rates, lossRate, all)),
      // Not made shorter: to try shorter ones takes longer than reading this one.
      { ...stories(numRuns), endOnFailure: true },
    )

  test('on a table without faults, every answer heard', async () => {
    await runs(noFaults, 0, 200)
    expect.hasAssertions()
  }, 120_000)

  test('on a table with stale reads, lost answers, throttling and crashes, and with answers lost on the way to the client', async () => {
    await runs({ ...someFaults, pause: 0.3 }, 0.05, 1500)
    expect.hasAssertions()
  }, 300_000)

  test('that were over a hundred thousand steps', () => {
    expect(steps).toBeGreaterThanOrEqual(100_000)
  })
})
