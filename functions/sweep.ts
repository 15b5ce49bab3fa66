import { sweep } from '../src/session/sweeper.ts'
import { createVillage } from '../src/wiring.ts'

const village = createVillage(process.env)

/** Milliseconds after which a run stops, within the function's time-out; the next one goes on. */
const runTime = 45_000

/** Every minute: ends sessions whose time ran out, finishes what a crash left. */
export const handler = async () => sweep(village, village.now() + runTime)
