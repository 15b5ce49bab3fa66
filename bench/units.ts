import { priceAll } from '../test/budget/transactions.ts'

/** What each transaction costs in DynamoDB's request units. */
export async function benchUnits(): Promise<string[][]> {
  const priced = await priceAll()
  return priced.map(({ transaction, bill }) => [
    transaction,
    String(bill.reads),
    String(bill.writes),
    String(bill.indexWrites),
  ])
}
