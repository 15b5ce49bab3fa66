import { addAccount } from '../src/accounts/lifecycle.ts'
import { serve } from '../src/service.ts'
import type { Item, Table } from '../src/store/table.ts'
import { createMemoryTable } from '../test/support/memoryTable.ts'
import { Phone } from '../test/support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../test/support/village.ts'
import { rounds, spread, written } from './measure.ts'

/** A request as a phone sends it, ready to be served again and again. */
const message = (session: string | undefined, primitive: string, id: string) =>
  Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?><WV-CSP-Message xmlns="http://www.openmobilealliance.org/DTD/WV-CSP1.2"><Session><SessionDescriptor>' +
      (session
        ? `<SessionType>Inband</SessionType><SessionID>${session}</SessionID>`
        : '<SessionType>Outband</SessionType>') +
      `</SessionDescriptor><Transaction><TransactionDescriptor><TransactionMode>Request</TransactionMode><TransactionID>${id}</TransactionID>` +
      `</TransactionDescriptor><TransactionContent xmlns="http://www.openmobilealliance.org/DTD/WV-TRC1.2">${primitive}</TransactionContent></Transaction></Session></WV-CSP-Message>`,
  )

/** A table that answers the Query of a poll without any work, to see what the rest costs. */
const withoutWork = (table: Table, pk: string, items: Item[]): Table => ({
  ...table,
  query: async (range) => (range.pk === pk ? items : table.query(range)),
})

/** A message of the phone to itself, there and back: three requests. */
const roundTrip = (village: TestVillage, { sessionId }: Phone) => {
  const phone = new Phone(village, { user: 'bob' })
  phone.sessionId = sessionId
  const content = { MessageInfo: { Recipient: { User: { UserID: 'wv:bob' } } }, ContentData: 'Hello, how are you?' }
  return async () => {
    // Marks of what is done with stay for six minutes: so there are some thirty of them, as in a lively talk.
    village.clock.advance(10_000)
    await phone.request('SendMessage-Request', content)
    await phone.acknowledge((await phone.poll()).transactionId!)
  }
}

/** The service without a network and without DynamoDB: processor time of everything but the store. */
export async function benchInProcess(): Promise<string[][]> {
  const table = createMemoryTable()
  const village = createTestVillage({ table })
  await addAccount(village, 'ann', 'pw')
  await addCheapAccount(village, 'bob', 'pw')
  const phone = new Phone(village, { user: 'bob' })
  await phone.login()
  await phone.request('ClientCapability-Request', { CapabilityList: { ClientType: 'MOBILE_PHONE', ParserSize: 32767 } })
  const session = phone.sessionId!
  const serveAll = (to: typeof village, body: Buffer) => () =>
    serve(to, { method: 'POST', contentType: 'application/vnd.wv.csp.xml', body, source: '192.0.2.1', bearer: 'HTTPS' })
  const hot = table.items().filter(({ pk, sk }) => pk === `session#${session}` && sk >= 'hot')
  const storeless = village.with({ table: withoutWork(table, `session#${session}`, hot) })
  const poll = message(session, '<Polling-Request/>', '')
  const login = message(
    undefined,
    '<Login-Request><UserID>wv:ann</UserID><ClientID><URL>p</URL></ClientID><Password>pw</Password><SessionCookie>c</SessionCookie></Login-Request>',
    '1',
  )
  const measured = [
    ['idle poll, store answers at once', await rounds(7, 4000, 1, serveAll(storeless, poll))],
    ['idle poll, table in memory', await rounds(7, 4000, 1, serveAll(village, poll))],
    [
      'KeepAlive, table in memory',
      await rounds(7, 2000, 1, serveAll(village, message(session, '<KeepAlive-Request/>', '7'))),
    ],
    ['message sent, polled, acknowledged, table in memory', await rounds(7, 500, 1, roundTrip(village, phone))],
    ['login with password, table in memory', await rounds(3, 8, 1, serveAll(village, login))],
  ] as const
  return measured.map(([name, found]) => [
    name,
    written(spread(found.map((one) => one.perSecond))),
    written(spread(found.map((one) => one.cpu))),
  ])
}
