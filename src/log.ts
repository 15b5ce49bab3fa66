/** Metrics of the service, at most ten, counted once each unless a value is given. */
export type Metric =
  | 'LoginOk'
  | 'LoginFailed'
  | 'Resumed'
  | 'Refused604'
  | 'Refused605'
  | 'SweepLag'
  | 'ConditionConflict'
  | 'DecodeError'
  | 'ServerError'

/** Where the service tells what happened. Never a password, a message's text or a whole SessionID. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  /** @param error its name and message are logged, its stack only where the operator reads it */
  error(event: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void
  /** Counts; for SweepLag the value is seconds. */
  metric(name: Metric, value?: number): void
}

/** A SessionID is a secret (R3): its first six characters are enough to follow one in a log. */
export const shortId = (sessionId: string): string => `${sessionId.slice(0, 6)}…`
