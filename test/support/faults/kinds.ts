/**
 * What can happen to a call:
 *
 * - `crashBefore`, `crashAfter`: the invocation dies before the call took effect, or after it but before its answer
 * - `throttled`: refused for good, after all attempts of the client library; nothing took effect
 * - `lost`: it took effect, and every attempt to hear so has timed out
 * - `repeated`: it took effect, its answer was lost, and the client library has sent it once more: the caller gets the
 *   outcome of the second time
 * - `stale`: an eventual read sees the oldest state that is still possible (see `lag`)
 */
export type FaultKind = 'crashBefore' | 'crashAfter' | 'throttled' | 'lost' | 'repeated' | 'stale'

/** How often each happens: probabilities, 0 … 1. Those that befall any call exclude each other: their sum is at most 1. */
export interface FaultRates {
  /** Before the call took effect or after it, half and half. */
  readonly crash: number
  readonly throttled: number
  readonly lost: number
  readonly repeated: number
  /** Of eventual reads that some recent change could be missing from: by how much is chosen too. */
  readonly stale: number
  /** Before any call, while expired items linger: that one of them is removed. */
  readonly expiry: number
  /** Of calls: that they wait some turns before and after taking effect, so that what runs at the same time interleaves. */
  readonly pause?: number
}

/** The invocation is dead. Nothing that it still tries has any effect, and nothing that it says is heard. */
export class Crash extends Error {
  constructor() {
    super('The invocation has crashed')
    this.name = 'Crash'
  }
}

/** As the client library throws it when its attempts are used up. */
export class Throttled extends Error {
  constructor(name: 'ThrottlingException' | 'ProvisionedThroughputExceededException') {
    super('The level of configured provisioned throughput for the table was exceeded')
    this.name = name
  }
}

/** As the client library throws it when no attempt was answered in time. */
export class LostAnswer extends Error {
  constructor() {
    super('Connection timed out after 1000 ms')
    this.name = 'TimeoutError'
  }
}

/** @param chosen in [0, 1); 0 is no fault, so that plans shrink to fewer faults */
export function faultFor(chosen: number, rates: Partial<FaultRates>): FaultKind | undefined {
  const { crash = 0, throttled = 0, lost = 0, repeated = 0 } = rates
  const shares = [
    ['repeated', repeated],
    ['throttled', throttled],
    ['lost', lost],
    ['crashAfter', crash / 2],
    ['crashBefore', crash / 2],
  ] as const
  let bound = 1 - (crash + throttled + lost + repeated)
  if (chosen < bound) return undefined
  for (const [kind, share] of shares) {
    bound += share
    if (chosen < bound) return kind
  }
  // Only what rounding has left of the last.
  return crash > 0 ? 'crashBefore' : undefined
}

/** @param chosen in [0, 1); 0 is never, unless the rate is 1 */
export const happens = (chosen: number, rate: number): boolean => rate > 0 && chosen >= 1 - rate
