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
