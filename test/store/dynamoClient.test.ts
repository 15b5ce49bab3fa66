import { expect, test } from 'vitest'
import { dynamoClient } from '../../src/store/dynamoTable.ts'

test.each([
  [undefined, 1000],
  ['http://127.0.0.1:1', 10_000],
])('a call to %s is given up after %i ms, and made three times at most', async (endpoint, requestTimeout) => {
  const { config } = dynamoClient(endpoint)
  expect(await config.maxAttempts()).toBe(3)
  const settings = { requestTimeout, throwOnRequestTimeout: true, connectionTimeout: requestTimeout }
  expect(await (config.requestHandler as unknown as { configProvider: Promise<object> }).configProvider).toMatchObject(
    settings,
  )
})
