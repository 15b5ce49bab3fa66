/** Microseconds of processor time for a round: the clock of a thread may go in steps of some thousand. */
const longEnough = 50_000

/** Microseconds of processor time of this thread for `count` calls, whatever else the machine does. */
export function processorTime(call: () => unknown, count = 1): number {
  const before = process.threadCpuUsage()
  for (let one = 0; one < count; one++) call()
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}

/** So many calls that a round is long enough. What is found on the way also makes the call as quick as it gets. */
function countFor(call: () => unknown): number {
  let count = 1
  while (processorTime(call, count) < longEnough) count *= 2
  return count
}

/**
 * Rounds of each of some calls in turn, so that a hot or busy machine is the same to all of them.
 *
 * @returns microseconds of processor time for one call, by call and round
 */
export function processorTimes(rounds: number, calls: readonly (() => unknown)[]): number[][] {
  const counts = calls.map(countFor)
  const found: number[][] = calls.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [index, call] of calls.entries())
      found[index]!.push(processorTime(call, counts[index]!) / counts[index]!)
  return found
}
