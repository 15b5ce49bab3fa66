/** A clock that stands still until it is told to move. All times are milliseconds since 1970. */
export interface Clock {
  /** Can be handed over as a plain function. */
  readonly now: () => number
  /** @param milliseconds how far to go on; a clock never goes back by this. @throws RangeError when negative */
  advance(milliseconds: number): void
  /** Goes to a moment, back too. */
  set(milliseconds: number): void
}

/** @param start where the clock stands at first: by default a moment that is no whole second, as most are not */
export function createClock(start = Date.UTC(2026, 0, 1, 12) + 250): Clock {
  let now = start
  return {
    now: () => now,
    advance(milliseconds) {
      if (!(milliseconds >= 0)) throw new RangeError(`A clock cannot advance by ${milliseconds} ms`)
      now += milliseconds
    },
    set(milliseconds) {
      now = milliseconds
    },
  }
}
