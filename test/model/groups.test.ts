import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clients, groups, users } from './groupsKnown.ts'
import { GroupsWorld } from './groupsWorld.ts'
import { noFaults, someFaults, stories } from './rates.ts'

const acts = [
  ...['login', 'restore', 'restore', 'logout', 'keepAlive', 'keepAlive'],
  ...['create', 'delete', 'join', 'join', 'join', 'join', 'join', 'leave', 'leave', 'reject', 'reject', 'reject'],
  ...['autoJoin', 'autoJoin', 'topic', 'rename', 'notices', 'look'],
  ...['send', 'send', 'send', 'send', 'send', 'repeat', 'repeat', 'repeat'],
  ...['poll', 'poll', 'poll', 'poll', 'poll', 'poll', 'acknowledge', 'acknowledge'],
  ...['sweep', 'pass', 'pass', 'pass'],
] as const
type Act =
  | 'login'
  | 'restore'
  | 'logout'
  | 'keepAlive'
  | 'create'
  | 'delete'
  | 'join'
  | 'leave'
  | 'reject'
  | 'autoJoin'
  | 'topic'
  | 'rename'
  | 'notices'
  | 'look'
  | 'send'
  | 'repeat'
  | 'poll'
  | 'acknowledge'
  | 'sweep'
  | 'pass'

/** One step: what, who, and a number to choose with; and whether the next one comes at the same time. */
const step = fc.record({
  act: fc.constantFrom(...(acts as readonly string[] as readonly Act[])),
  client: fc.nat(users.length * clients.length - 1),
  choice: fc.nat(1000),
  together: fc.nat(9).map((number) => number === 0),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** Seconds: within the time of an answer, of each try, of a Keep-Alive-Time, and beyond. */
const passing = [1, 3, 5, 5, 10, 10, 11, 20, 21, 40, 61, 81, 130, 300, 719, 721]

function take(world: GroupsWorld, { act, client: number, choice }: Step, isAlone: boolean): Promise<void> {
  const client = world.client(number)
  // Mostly the first of them.
  const group = groups[choice % 5 === 4 ? 1 : 0]!
  const other = Math.floor(choice / 5)
  switch (act) {
    case 'create':
    case 'delete':
    case 'leave':
    case 'send':
      return world[act](client, group)
    case 'join':
    case 'reject':
    case 'autoJoin':
    case 'topic':
    case 'rename':
    case 'notices':
      return world[act](client, group, other)
    case 'look':
      return world.look(client, group, isAlone)
    case 'poll':
    case 'acknowledge':
      return world[act](client, choice % 4)
    case 'sweep':
      return world.sweep()
    case 'pass':
      return Promise.resolve(world.pass(passing[choice % passing.length]!))
    default:
      return world[act](client)
  }
}

let steps = 0

async function run(
  seed: number,
  rates: Parameters<typeof GroupsWorld.create>[1],
  lossRate: number,
  story: readonly Step[],
) {
  const world = await GroupsWorld.create(seed, rates, lossRate)
  try {
    // Everybody is there to begin with, and most are joined.
    for (let number = 0; number < users.length * clients.length; number++) await world.login(world.client(number))
    for (const group of groups) await world.create(world.client(0), group)
    for (let number = 1; number < 8; number++) await world.join(world.client(number), 'room', 5)
    for (let index = 0; index < story.length; ) {
      let end = index + 1
      const joins = (one: Step | undefined) => one !== undefined && one.act !== 'pass'
      while (joins(story[end]) && joins(story[end - 1]) && story[end - 1]!.together && end - index < 3) end++
      const isAlone = end === index + 1
      await Promise.all(story.slice(index, end).map((one) => take(world, one, isAlone)))
      world.check()
      index = end
    }
    steps += story.length
    await world.settle()
  } catch (error) {
    // The story is what one needs to see.
    throw new Error(`${(error as Error).message}\nafter\n  ${world.history.join('\n  ')}`, { cause: error })
  }
}

describe('groups, held against a reference model', () => {
  const story = fc.tuple(fc.integer(), fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }))
  const runs = (rates: Parameters<typeof run>[1], lossRate: number, numRuns: number) =>
    fc.assert(
      fc.asyncProperty(story, async ([seed, all]) => run(seed, rates, lossRate, all)),
      // Not made shorter: to try shorter ones takes longer than reading this one.
      { ...stories(numRuns), endOnFailure: true },
    )

  test('on a table without faults, every answer heard', async () => {
    await runs(noFaults, 0, 100)
    expect.hasAssertions()
  }, 120_000)

  test('on a table with stale reads, lost answers, throttling and crashes, and with answers lost on the way to the client', async () => {
    await runs({ ...someFaults, throttled: 0.003, lost: 0.004, crash: 0.006, pause: 0.3 }, 0.05, 300)
    expect.hasAssertions()
  }, 300_000)

  test('that were tens of thousands of steps', () => {
    expect(steps).toBeGreaterThanOrEqual(20_000)
  })
})
