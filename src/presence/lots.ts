/** Calls to the store at a time. */
export const atOnce = 32

/** Does something for all of them, `atOnce` at a time. @returns the results, in the same order */
export async function inLots<One, Result>(all: readonly One[], act: (one: One) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < all.length; start += atOnce) {
    results.push(...(await Promise.all(all.slice(start, start + atOnce).map(act))))
  }
  return results
}
