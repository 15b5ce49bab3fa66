import type { Log } from '../src/log.ts'

/**
 * A log for a person at a terminal: one line an event, errors with their stack, no metrics.
 *
 * @param write takes a finished line
 */
export function plainLog(now: () => number, write: (line: string) => void): Log {
  const line = (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const details = Object.entries(fields).map(([name, value]) => `  ${name}=${String(value)}`)
    write(`${new Date(now()).toTimeString().slice(0, 8)} ${event}${details.join('')}`)
  }
  return {
    info: line,
    warn: (event, fields) => line(`warning: ${event}`, fields),
    error: (event, error, fields) => {
      line(`error: ${event}`, fields)
      write(error instanceof Error ? (error.stack ?? error.message) : String(error))
    },
    metric: () => {},
  }
}

/** A log for a command that says itself what it has done. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {}, metric: () => {} }
