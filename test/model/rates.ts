import type { FaultRates } from '../support/faultTable.ts'

export const noFaults: FaultRates = { stale: 0, throttled: 0, repeated: 0, lost: 0, crash: 0, expiry: 0 }

/** Stale reads and expiry are common; the rest is as frequent as it may be with most requests still getting through. */
export const someFaults: FaultRates = {
  stale: 0.3,
  throttled: 0.01,
  repeated: 0.03,
  lost: 0.01,
  crash: 0.02,
  expiry: 0.3,
}

/** More stories than everyday's, and others: `MODEL_RUNS=20` is twenty times as many. */
const times = Number(process.env.MODEL_RUNS ?? 1)

/** How many stories a test tells. Everyday's are always the same, so that a change is judged by what it does. */
export const stories = (numRuns: number): { readonly numRuns: number; readonly seed?: number } => ({
  numRuns: numRuns * times,
  ...(times === 1 && { seed: 1 }),
})
