import { expect, test } from 'vitest'
import { itemSize } from '../support/memory/values.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'
import { priceAll } from './transactions.ts'

const priced = await priceAll()

test.each(priced)('$transaction costs what it may', ({ bill, budget }) => {
  const { calls, ...units } = bill
  expect(units, calls.join('\n')).toEqual(budget)
})

test('the hot item stays under 1 kB, whatever a client puts into it, while nothing is on its way', async () => {
  const table = createMemoryTable()
  const village = createTestVillage({ table })
  await addCheapAccount(village, 'a'.repeat(50), 'pw')
  const phone = new Phone(village, { user: 'a'.repeat(50), client: 'c'.repeat(64), cookie: 'k'.repeat(50) })
  await phone.login()
  await phone.request('ClientCapability-Request', {
    CapabilityList: { ServerPollMin: 99999, ParserSize: 4294967295, InitialDeliveryMethod: 'P', MultiTrans: 10 },
  })
  await phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
  await phone.login({ sessionId: phone.sessionId })
  const hot = table.items().find(({ sk }) => sk === 'hot')!
  expect(itemSize(hot)).toBeLessThan(1024)
})
