import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { Table } from '../../src/store/table.ts'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { createMemoryTable } from '../support/memoryTable.ts'

/**
 * Runs the same tests against the table in memory and against the real adapter on dynalite, each test on an empty table.
 *
 * @param tests given a function that returns the table of the test that runs
 */
export function onBothTables(tests: (table: () => Table) => void): void {
  let dynalite: Dynalite
  beforeAll(async () => {
    dynalite = await startDynalite()
  })
  afterAll(() => dynalite.stop())

  describe.each<[string, () => Promise<Table>]>([
    ['the table in memory', async () => createMemoryTable()],
    ['dynamoTable on dynalite', () => dynalite.createTable()],
  ])('%s', (_, createTable) => {
    let table: Table
    beforeEach(async () => {
      table = await createTable()
    })
    tests(() => table)
  })
}
