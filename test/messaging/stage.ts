import type { ContentTree } from '../../src/csp/element.ts'
import type { Item, Table } from '../../src/store/table.ts'
import { type Call, createFaults, type FaultKind } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone, type PhoneOptions, type Reply } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

/** The service with some accounts, and the table under it. */
export interface Stage {
  readonly table: MemoryTable
  readonly village: TestVillage
}

export interface StageOptions {
  readonly environment?: Record<string, string>
  readonly table?: MemoryTable
}

export async function stage(
  users: readonly string[],
  { environment = {}, table = createMemoryTable() }: StageOptions = {},
): Promise<Stage> {
  const village = createTestVillage({ table, environment })
  for (const user of users) await addCheapAccount(village, user, 'pw')
  return { table, village }
}

export interface ClientOptions extends PhoneOptions {
  /** What it says of itself. */
  readonly capabilities?: ContentTree
  /** Its Keep-Alive-Time. */
  readonly timeToLive?: number
}

/** A client that is logged in, for two hours unless it says otherwise, and has negotiated. */
export async function client(
  { village }: Stage,
  user: string,
  { capabilities = { ServerPollMin: 30 }, timeToLive = 7200, ...options }: ClientOptions = {},
): Promise<Phone> {
  const phone = new Phone(village, { user, client: `client of ${user}`, ...options })
  const reply = await phone.login({ timeToLive })
  if (reply.code !== 200) throw new Error(`${user} cannot log in: ${reply.code}`)
  await phone.request('ClientCapability-Request', { CapabilityList: capabilities })
  return phone
}

export interface SendOptions {
  /** Further members of the MessageInfo. */
  readonly info?: ContentTree
  /** Whether the sender wants to know what becomes of it. */
  readonly report?: boolean
  readonly transactionId?: string
}

/** Sends a message to a user, or to several. */
export function send(
  phone: Phone,
  to: string | readonly string[],
  text: string,
  { info = {}, report = false, transactionId }: SendOptions = {},
): Promise<Reply> {
  const users = typeof to === 'string' ? [to] : to
  const content = {
    DeliveryReport: report,
    MessageInfo: { Recipient: { User: users.map((user) => ({ UserID: `wv:${user}` })) }, ...info },
    ContentData: text,
  }
  return phone.request('SendMessage-Request', content, transactionId === undefined ? {} : { id: transactionId })
}

/** The content that an answer brings. */
export const textOf = (reply: Reply): string | undefined => reply.primitive?.textOf('ContentData')

/** The message that an answer is about. */
export const messageIdOf = (reply: Reply): string =>
  (reply.primitive?.find('MessageInfo', 'MessageID')?.text ?? reply.primitive?.textOf('MessageID'))!

/** Says that the message of an answer has come: under the number of that answer, unless another is given. */
export const delivered = (phone: Phone, reply: Reply, transactionId = reply.transactionId!): Promise<Reply> =>
  phone.request('MessageDelivered', { MessageID: messageIdOf(reply) }, { id: transactionId, mode: 'Response' })

/** Polls and acknowledges until nothing comes. @returns the contents of the messages */
export async function fetchAll(phone: Phone): Promise<string[]> {
  const texts: string[] = []
  let reply = await phone.poll()
  while (reply.name === 'NewMessage') {
    texts.push(textOf(reply)!)
    reply = await delivered(phone, reply)
  }
  return texts
}

/** Polls and acknowledges until no more reports come. @returns their codes */
export async function reportsTo(phone: Phone): Promise<number[]> {
  const codes: number[] = []
  let reply = await phone.poll()
  while (reply.name === 'DeliveryReport-Request') {
    codes.push(reply.code!)
    reply = await phone.acknowledge(reply.transactionId!)
  }
  return codes
}

/** The same client in the same session, over another table. */
export const over = (phone: Phone, { village }: Stage, table: Table): Phone =>
  Object.assign(new Phone(village.with({ table }), phone.options), {
    sessionId: phone.sessionId,
    version: phone.version,
  })

/** The same client; what it asks for meets that fault where the plan says so. */
export const meeting = (phone: Phone, at: Stage, plan: (call: Call) => FaultKind | undefined): Phone =>
  over(phone, at, createFaults({ table: at.table, now: at.village.now, plan }).invocation())

/** The item of a session that is written with its polls. */
export const hotItem = ({ table }: Stage, { sessionId }: Phone): Item =>
  table.item({ pk: `session#${sessionId}`, sk: 'hot' })!

/** What waits in the inbox of a user: messages and reports that are not done with. */
export async function waitingFor({ table, village }: Stage, user: string): Promise<Item[]> {
  const { accountId } = (await village.store.accounts.read(user))!
  return table.items().filter(({ pk, sk, done }) => pk === `user#${accountId}` && sk.startsWith('inbox#') && !done)
}

/** Polls and acknowledges until nothing comes. @returns the names of what came */
export async function fetchNews(phone: Phone): Promise<string[]> {
  const names: string[] = []
  let reply = await phone.poll()
  while (reply.transactionId !== undefined) {
    names.push(reply.name)
    reply = await phone.acknowledge(reply.transactionId)
  }
  return names
}
