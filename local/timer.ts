import { sweep } from '../src/session/sweeper.ts'
import type { Table } from '../src/store/table.ts'
import type { Village } from '../src/village.ts'
import { deleteExpired } from './expiry.ts'

/** Milliseconds between two runs, as the deployment's schedule has it, and those that a sweep may take. */
const interval = 60_000
const sweepTime = 45_000

export interface Timer {
  /** Does a run now, or joins the one under way. */
  run(): Promise<void>
  /** Waits for a run under way; there is none after it. */
  stop(): Promise<void>
}

/** Stands for the schedule and for TTL: every minute a sweep, then what has expired is deleted. */
export function startTimer(village: Village, table: Table): Timer {
  let underWay: Promise<void> | undefined
  const run = () => {
    underWay ??= everyMinute(village, table).finally(() => {
      underWay = undefined
    })
    return underWay
  }
  const ticks = setInterval(run, interval)
  return {
    run,
    async stop() {
      clearInterval(ticks)
      await underWay
    },
  }
}

/** A failure is told and left to the next minute. */
async function everyMinute(village: Village, table: Table): Promise<void> {
  try {
    await sweep(village, village.now() + sweepTime)
    await deleteExpired(table, village.now())
  } catch (error) {
    village.log.error('the minute timer failed', error)
  }
}
