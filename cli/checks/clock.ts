import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Check } from './index.ts'

/** Seconds by which the clock of this machine may differ from DynamoDB's; its header has whole seconds. */
const tolerance = 5

/**
 * Has the client note the clock of whoever answers it.
 *
 * @param now milliseconds since 1970
 * @returns a function that gives the seconds by which this machine was ahead at the last answer; undefined without any
 */
export function watchDate(client: DynamoDBClient, now: () => number): () => number | undefined {
  let ahead: number | undefined
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const headers = (result.response as { headers?: Record<string, string> }).headers ?? {}
      const date = Date.parse(headers.date ?? '')
      if (Number.isFinite(date)) ahead = (now() - date) / 1000
      return result
    },
    { step: 'deserialize', name: 'watchDate', override: true },
  )
  return () => ahead
}

/** @param ahead seconds, as from watchDate */
export function checkClock(ahead: number | undefined): Check {
  if (ahead === undefined) return { check: 'clock', status: 'warn', detail: 'the answer of DynamoDB has no date' }
  const seconds = Math.round(Math.abs(ahead))
  if (seconds <= tolerance) return { check: 'clock', status: 'ok', detail: `agrees with DynamoDB's to ${tolerance} s` }
  const direction = ahead > 0 ? 'ahead of' : 'behind'
  return { check: 'clock', status: 'warn', detail: `this machine is ${seconds} s ${direction} DynamoDB` }
}
