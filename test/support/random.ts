import { hash } from 'node:crypto'

type Seed = string | number

const digest = (seed: Seed, counter: number): Uint8Array => hash('sha256', `${seed}/${counter}`, 'buffer')

/**
 * Bytes that look random and are the same for the same seed: SHA-256 of the seed and a counter, so that two calls never
 * start from the same place. Stands for `randomBytes` wherever the service wants `(bytes) => Uint8Array`.
 */
export function createRandomBytes(seed: Seed = 'village'): (bytes: number) => Uint8Array {
  let counter = 0
  return (bytes) => {
    const result = new Uint8Array(bytes)
    for (let filled = 0; filled < bytes; filled += 32) {
      result.set(digest(seed, counter++).subarray(0, Math.min(32, bytes - filled)), filled)
    }
    return result
  }
}

/** Numbers in [0, 1), the same for the same seed: what faults and random steps choose with. Fast (mulberry32). */
export function createChooser(seed: Seed = 'village'): () => number {
  let state = new DataView(digest(seed, 0).buffer).getUint32(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * The numbers of a plan one after the other, then zeros. A plan is what fast-check generates and shrinks: shorter and
 * smaller is simpler, and for everything that chooses here 0 stands for "nothing special".
 */
export function followPlan(plan: readonly number[]): () => number {
  let position = 0
  return () => plan[position++] ?? 0
}
