import type { ContentTree } from '../../src/csp/element.ts'
import type { Item, Key, Table } from '../../src/store/table.ts'
import { client, messageIdOf, type Stage, stage, textOf } from '../messaging/stage.ts'
import { justBefore } from '../support/justBefore.ts'
import type { Phone, Reply } from '../support/phone.ts'

/** The group of the tests: ann's. */
export const GroupID = 'wv:ann/room'

/** Properties as they are sent. */
export const properties = (values: Readonly<Record<string, string>>): ContentTree => ({
  Property: Object.entries(values).map(([Name, Value]) => ({ Name, Value })),
})

/** The user wants to be in the group after each login. */
export const autoJoin: ContentTree = { OwnProperties: properties({ AutoJoin: 'T' }) }

/** ann makes the group, and joins it unless `more` says otherwise. */
export const create = (
  phone: Phone,
  values: Readonly<Record<string, string>> = {},
  more: ContentTree = {},
): Promise<Reply> =>
  phone.request('CreateGroup-Request', {
    GroupID,
    GroupProperties: properties({ Name: 'room', ...values }),
    JoinGroup: true,
    SubscribeNotification: false,
    ...more,
  })

export const join = (phone: Phone, SName?: string, more: ContentTree = {}): Promise<Reply> =>
  phone.request('JoinGroup-Request', {
    GroupID,
    ...(SName !== undefined && { ScreenName: { SName, GroupID } }),
    JoinedRequest: false,
    SubscribeNotification: false,
    ...more,
  })

export const leave = (phone: Phone): Promise<Reply> => phone.request('LeaveGroup-Request', { GroupID })

export const say = (phone: Phone, text: string): Promise<Reply> =>
  phone.request('SendMessage-Request', {
    DeliveryReport: false,
    MessageInfo: { Recipient: { Group: { GroupID } } },
    ContentData: text,
  })

/** ann, who has not made the group yet, bob and cy. */
export async function three(): Promise<{ at: Stage; ann: Phone; bob: Phone; cy: Phone }> {
  const at = await stage(['ann', 'bob', 'cy'])
  return { at, ann: await client(at, 'ann'), bob: await client(at, 'bob'), cy: await client(at, 'cy') }
}

/** Something that happens just before the first call of a kind for an item with such a sort key. */
export const meanwhile = (
  { table }: Stage,
  call: keyof Table,
  is: (sk: string) => boolean,
  act: () => Promise<unknown>,
  nth = 1,
): Table => justBefore(table, (one, key) => one === call && is((key as Key).sk ?? ''), act, nth)

export const startsWith = (prefix: string) => (sk: string) => sk.startsWith(prefix)

/** Says that what an answer has brought has come. */
export const taken = (phone: Phone, reply: Reply): Promise<Reply> =>
  reply.name === 'NewMessage'
    ? phone.request(
        'MessageDelivered',
        { MessageID: messageIdOf(reply) },
        { id: reply.transactionId!, mode: 'Response' },
      )
    : phone.acknowledge(reply.transactionId!)

/** One poll, and what acknowledgements bring. @returns the contents of messages, and the names of other primitives */
export async function fetch(phone: Phone): Promise<string[]> {
  const got: string[] = []
  for (let reply = await phone.poll(); reply.name !== 'nothing'; reply = await taken(phone, reply))
    got.push(textOf(reply) ?? reply.name)
  return got
}

/** The sessions that stand in the group. */
export const standing = ({ table }: Stage): Item[] => table.items().filter(({ sk }) => sk.startsWith('joined#'))

/** The same table for an invocation that dies before its n-th call. */
export function dyingBefore(table: Table, nth: number): Table {
  let calls = 0
  const count = () => {
    if (++calls >= nth) throw new Error('dead')
  }
  const counted =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      count()
      return call(...args)
    }
  return {
    ...table,
    get: counted(table.get),
    query: counted(table.query),
    put: counted(table.put),
    update: counted(table.update),
    delete: counted(table.delete),
  }
}
