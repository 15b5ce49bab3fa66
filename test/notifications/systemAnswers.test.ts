import { beforeEach, expect, test } from 'vitest'
import { sendSystemMessage } from '../../src/delivery/sendSystemMessage.ts'
import { createFaults } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

let table: MemoryTable
let village: TestVillage
let phones: Phone[]
beforeEach(async () => {
  table = createMemoryTable()
  village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  phones = ['phone', 'tablet'].map((client) => new Phone(village, { user: 'ann', client, version: '1.3' }))
  for (const one of phones) await one.login()
  const sessions = await Promise.all(phones.map(async (one) => (await village.store.sessions.read(one.sessionId!))!))
  await sendSystemMessage(
    village,
    { id: 'tea', text: 'Tea?', answers: ['Yes', 'No'] },
    sessions.map(({ session }) => session),
  )
})

const answer = (phone: Phone, ChosenOptionID: string) =>
  phone.request('SystemMessage-User', {
    SystemMessageResponseList: { SystemMessageResponse: { SystemMessageID: 'tea', ChosenOptionID } },
  })
const answers = async () => (await village.store.systemMessages.view('tea'))!.users.map((one) => one.answer)

test('of two answers at the same time one stands, and each is told the truth', async () => {
  const [one, other] = await Promise.all([answer(phones[0]!, '1'), answer(phones[1]!, '2')])
  expect([one.code, other.code].sort()).toEqual([200, 402])
  expect(await answers()).toEqual([one.code === 200 ? '1' : '2'])
})

test('of two equal answers at the same time both are good', async () => {
  const replies = await Promise.all(phones.map((phone) => answer(phone, '2')))
  expect(replies.map(({ code }) => code)).toEqual([200, 200])
})

test.each(['crashBefore', 'crashAfter', 'lost', 'repeated', 'throttled'] as const)(
  'an answer whose call meets "%s" at any point is good once it is sent again',
  async (fault) => {
    for (let at = 1; at <= 4; at++) {
      const plan = ({ number }: { number: number }) => (number === at ? fault : undefined)
      phones[0]!.village = village.with({ table: createFaults({ table, now: village.now, plan }).invocation() })
      await answer(phones[0]!, '1').catch(() => undefined)
      phones[0]!.village = village
      expect((await answer(phones[0]!, '1')).code).toBe(200)
    }
    expect(await answers()).toEqual(['1'])
  },
)

test('question and answers are removed by TTL, a month after it was sent', () => {
  const items = table.items().filter(({ pk }) => pk === 'system#tea')
  expect(items.map(({ sk }) => sk)).toEqual(['message', 'to#ann'])
  for (const { expiresAt } of items) expect(expiresAt).toBe(Math.ceil(village.now() / 1000) + 30 * 86400)
})

test('a question to a session that has answered in the meantime is void, and the next one is told', async () => {
  const { session } = (await village.store.sessions.read(phones[1]!.sessionId!))!
  await sendSystemMessage(village, { id: 'news', text: 'Tea is ready' }, [session])
  await answer(phones[0]!, '1')
  expect(
    (await phones[1]!.poll()).primitive?.find('SystemMessageList', 'SystemMessage')?.textOf('SystemMessageID'),
  ).toBe('news')
})
