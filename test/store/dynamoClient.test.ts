import { expect, test } from 'vitest'
import { dynamoClient } from '../../src/store/dynamoTable.ts'

test('a call is given up after a second, and made three times at most', async () => {
  const { config } = dynamoClient('http://127.0.0.1:1')
  expect(await config.maxAttempts()).toBe(3)
  // Without the word to throw, the library would only log a warning and wait on.
  const settings = { requestTimeout: 1000, throwOnRequestTimeout: true, connectionTimeout: 1000 }
  expect(await (config.requestHandler as unknown as { configProvider: Promise<object> }).configProvider).toMatchObject(
    settings,
  )
})
