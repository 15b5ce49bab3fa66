import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noFaults, someFaults, stories } from './rates.ts'
import { clients, keepAliveTimes, users, World } from './world.ts'

/** One step: what, and some numbers to choose with. */
const step = fc.record({
  act: fc.constantFrom(
    'login',
    'login',
    'restore',
    'restore',
    'restore',
    'intrude',
    'keepAlive',
    'negotiate',
    'poll',
    'poll',
    'poll',
    'logout',
    'disconnect',
    'tell',
    'tell',
    'sweep',
    'pass',
    'pass',
    'pass',
  ),
  session: fc.nat(20),
  choice: fc.nat(1000),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** Times around every boundary of the Keep-Alive-Times in use, and short ones. */
const passing = [
  1, 5, 29, 30, 31, 36, 37, 100, 119, 121, 150, 186, 500, 600, 719, 721, 3000, 3719, 7200, 7499, 7501, 36000, 43501,
]

async function take(world: World, { act, session: number, choice }: Step): Promise<void> {
  const user = users[choice % users.length]!
  const client = clients[choice % clients.length]!
  const keepAlive = keepAliveTimes[choice % keepAliveTimes.length]!
  if (act === 'login') return world.login(user, client, keepAlive)
  if (act === 'sweep') return world.sweep()
  if (act === 'pass') return world.pass(passing[choice % passing.length]! * 1000 - (choice % 3) * 400)
  const session = world.session(number)
  if (!session) return
  // Mostly the client that holds it comes back.
  const comer = choice % 4 === 0 ? client : (session.client ?? client)
  if (act === 'restore') return world.restore(session, comer, choice % 2 ? keepAlive : undefined, choice % 3 === 0)
  if (act === 'intrude') return world.intrude(session, choice)
  if (act === 'keepAlive') return world.keepAlive(session, choice % 2 ? keepAlive : undefined)
  if (act === 'poll') return world.poll(session, choice % 3 > 0)
  return world[act](session)
}

async function run(seed: number, rates: Parameters<typeof World.create>[1], steps: readonly Step[]): Promise<void> {
  const world = await World.create(seed, rates)
  try {
    for (const one of steps) await take(world, one)
    await world.settle()
  } catch (error) {
    // The story is what one needs to see.
    throw new Error(`${(error as Error).message}\nafter\n  ${world.history.join('\n  ')}`, { cause: error })
  }
}

describe('the life of sessions, held against a reference model', () => {
  const story = fc.tuple(fc.integer(), fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }))

  test('on a table without faults', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([seed, steps]) => run(seed, noFaults, steps)),
      stories(300),
    )
    expect.hasAssertions()
  })

  test('on a table with stale reads, lost answers, throttling, crashes and items that expire at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([seed, steps]) => run(seed, someFaults, steps)),
      stories(1500),
    )
    expect.hasAssertions()
  }, 120_000)
})
