/** Smallest, middle and largest of several rounds: what a figure is worth depends on their distance. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { min: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]!, max: sorted.at(-1)! }
}

export interface Round {
  /** Calls in a second. */
  readonly perSecond: number
  /** Milliseconds of processor time for one call, of this process, all threads. */
  readonly cpu: number
}

/** One round: `count` calls, `atOnce` of them at a time. */
export async function round(count: number, atOnce: number, call: () => Promise<unknown>): Promise<Round> {
  let left = count
  const worker = async () => {
    while (left-- > 0) await call()
  }
  const cpuBefore = process.cpuUsage()
  const before = performance.now()
  await Promise.all(Array.from({ length: atOnce }, worker))
  const seconds = (performance.now() - before) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: count / seconds, cpu: (user + system) / 1000 / count }
}

/** Several rounds after one that does not count. */
export async function rounds(
  number: number,
  count: number,
  atOnce: number,
  call: () => Promise<unknown>,
): Promise<Round[]> {
  await round(count, atOnce, call)
  const found: Round[] = []
  for (let one = 0; one < number; one++) found.push(await round(count, atOnce, call))
  return found
}

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3))

/** `median (min – max)`. */
export const written = ({ min, median, max }: Spread): string => `${digits(median)} (${digits(min)} – ${digits(max)})`
