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

test('the hot item stays under 1 kB with five groups whose bells ring, and names that are not long', async () => {
  const table = createMemoryTable()
  const village = createTestVillage({ table })
  const enter = async (user: string) => {
    await addCheapAccount(village, user, 'pw')
    const phone = new Phone(village, { user })
    await phone.login()
    await phone.request('ClientCapability-Request', {
      CapabilityList: { ServerPollMin: 30, ParserSize: 32767, AcceptedContentType: ['text/plain', 'image/png'] },
    })
    await phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
    return phone
  }
  const juliet = await enter('juliet')
  const romeo = await enter('romeo')
  const groups = ['balcony', 'capulets', 'verona', 'masked-ball', 'friars-cell'].map((name) => `wv:juliet/${name}`)
  for (const GroupID of groups) {
    const join = { GroupID, SubscribeNotification: true }
    await juliet.request('CreateGroup-Request', { ...join, GroupProperties: {}, JoinGroup: true })
    await romeo.request('JoinGroup-Request', { ...join, JoinedRequest: false })
    await romeo.request('SendMessage-Request', {
      MessageInfo: { Recipient: { Group: { GroupID } } },
      ContentData: 'hello',
    })
  }
  const hot = table.items().find(({ pk, sk }) => sk === 'hot' && pk === `session#${juliet.sessionId}`)!
  const places = Object.values(hot.groups as Record<string, { bell?: number }>)
  expect(places.filter(({ bell }) => bell !== undefined)).toHaveLength(groups.length)
  expect(itemSize(hot)).toBeLessThan(1024)
})
