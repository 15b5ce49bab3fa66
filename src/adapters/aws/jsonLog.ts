import type { Log, Metric } from '../../log.ts'

/** CloudWatch's name of the unit of a metric. */
const units: Partial<Record<Metric, string>> = { SweepLag: 'Seconds' }

/**
 * A log of one JSON object a line, for CloudWatch: events by level, metrics in the embedded metric format.
 *
 * @param write takes a finished line
 */
export function jsonLog(stage: string, now: () => number, write: (line: string) => void): Log {
  const line = (level: string, message: string, fields: object = {}) =>
    write(JSON.stringify({ level, timestamp: new Date(now()).toISOString(), message, ...fields }))
  return {
    info: (event, fields) => line('INFO', event, fields),
    warn: (event, fields) => line('WARN', event, fields),
    error: (event, error, fields) => line('ERROR', event, { ...describe(error), ...fields }),
    metric: (name, value = 1) =>
      write(
        JSON.stringify({
          _aws: {
            Timestamp: now(),
            CloudWatchMetrics: [
              {
                Namespace: 'Village',
                Dimensions: [['Stage']],
                Metrics: [{ Name: name, Unit: units[name] ?? 'Count' }],
              },
            ],
          },
          Stage: stage,
          [name]: value,
        }),
      ),
  }
}

/** An error's name, message and stack: ours and the SDK's, which hold no content of messages and no passwords. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { error: 'not an Error' }
  return { error: error.name, reason: error.message, stack: error.stack }
}
