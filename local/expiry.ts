import { attribute, ConditionFailed, type Table } from '../src/store/table.ts'

/**
 * Deletes what has expired, as DynamoDB's TTL does (R9): items whose `expiresAt`, in seconds since 1970, is not ahead.
 *
 * @param now milliseconds since 1970
 * @returns how many were deleted
 */
export async function deleteExpired(table: Table, now: number): Promise<number> {
  const seconds = now / 1000
  let deleted = 0
  for await (const { pk, sk, expiresAt } of table.scan()) {
    if (typeof expiresAt !== 'number' || expiresAt > seconds) continue
    try {
      // It may have been renewed since it was read.
      await table.delete({ pk, sk }, [attribute('expiresAt').isAtMost(seconds)])
      deleted++
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
    }
  }
  return deleted
}
