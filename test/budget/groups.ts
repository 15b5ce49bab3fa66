import type { ContentTree } from '../../src/csp/element.ts'
import type { Phone } from '../support/phone.ts'
import type { TestVillage } from '../support/village.ts'
import { createShop, names, type Priced, settle } from './shop.ts'

const party = 'wv:ann/party'
const properties = (...pairs: readonly (readonly [string, string])[]): ContentTree => ({
  Property: pairs.map(([Name, Value]) => ({ Name, Value })),
})

/** What groups cost. */
export const priceGroups = async (): Promise<Priced[]> => [
  ...(await priceVisits()),
  ...(await priceTalk()),
  ...(await priceProperties()),
  ...(await priceAutoJoin()),
  ...(await priceCrowd(20)),
  ...(await priceCrowd(200)),
]

const create = (phone: Phone, more: ContentTree = {}) =>
  phone.request('CreateGroup-Request', {
    GroupID: party,
    GroupProperties: properties(['Name', 'Party']),
    JoinGroup: true,
    SubscribeNotification: false,
    ...more,
  })

const join = (phone: Phone, more: ContentTree = {}) =>
  phone.request('JoinGroup-Request', { GroupID: party, JoinedRequest: false, SubscribeNotification: false, ...more })

const leave = (phone: Phone) => phone.request('LeaveGroup-Request', { GroupID: party })

const say = (phone: Phone) =>
  phone.request('SendMessage-Request', {
    DeliveryReport: false,
    MessageInfo: { Recipient: { Group: { GroupID: party } } },
    ContentData: 'hello',
  })

/** A group with so many users joined, the one who has made it among them. */
async function crowd(village: TestVillage, many: number): Promise<[Phone, ...Phone[]]> {
  const ann = await settle(village, 'ann')
  await create(ann)
  const others: Phone[] = []
  for (const user of names(many - 1)) {
    const phone = await settle(village, user)
    await join(phone)
    others.push(phone)
  }
  return [ann, ...others]
}

/** Coming and going. */
async function priceVisits(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  const bob = await settle(village, 'bob')
  // The pointer with the user, the group and its Admin (3 writes, and 1 read for how many he has); and what a join costs.
  await price('CreateGroup that joins', [11, 8, 0], () => create(ann))
  await price('CreateGroup', [3, 3, 0], () => create(ann, { GroupID: 'wv:ann/other', JoinGroup: false }))
  // The group, the session strongly; whether it stands there already, what the user has said of it, whether he is rejected;
  // the end of the log; group and session again, for one that ends meanwhile; who is to be told. Written are screen name,
  // place, joined session, the entry in the log, and that it is there.
  await price('JoinGroup', [10.5, 5, 0], () => join(bob))
  await price('JoinGroup when joined', [5.5, 0, 0], () => join(bob))
  // That it leaves (the index of the sweeper knows it meanwhile), the entry in the log, and what is taken away: place,
  // screen name, joined session.
  await price('LeaveGroup', [5.5, 5, 2], () => leave(bob))
  // Besides, who is joined (1), and each of their sessions (0.5).
  await price('JoinGroup that asks who is joined', [12.5, 5, 0], () => join(bob, { JoinedRequest: true }))
  await price('GetJoinedUsers, 2 joined', [5.5, 0, 0], () => bob.request('GetJoinedUsers-Request', { GroupID: party }))
  await ann.request('SubscribeGroupNotice-Request', { GroupID: party, SubscribeType: 'S' })
  await price('LeaveGroup that one is told of', [5.5, 6, 2], () => leave(bob))
  // Everything that belongs to it: here five entries of the log.
  await price('DeleteGroup', [7, 13, 2], () => ann.request('DeleteGroup-Request', { GroupID: party }))
  return priced
}

/** A message, from the one to the other. */
async function priceTalk(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const [ann, bob] = await crowd(village, 2)
  // The group, the sender as it is joined, the end of the log; and who is joined, after the message is there. Written are
  // what was decided (for a repetition), the message, and the bell of each.
  await price('a message to a group, 2 joined', [4.5, 3, 0], () => say(ann))
  const told: { id?: string | undefined } = {}
  const poll = async () => {
    told.id = (await bob!.poll()).transactionId
  }
  // The session strongly, the log from where it was told, and whom the user has blocked; a glance at the inbox (0.5).
  await price('poll that brings it', [4, 1, 0], poll)
  // A glance at the inbox and one at the log, for bells that were lost.
  await price('its acknowledgement, nothing more waits', [1.5, 1, 0], () => bob!.acknowledge(told.id!))
  await say(ann)
  await say(ann)
  await poll()
  await price('acknowledgement that brings the next of the group', [4, 1, 0], () => bob!.acknowledge(told.id!))
  return priced
}

async function priceProperties(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const [ann] = await crowd(village, 2)
  const set = (content: ContentTree) => ann.request('SetGroupProps-Request', { GroupID: party, ...content })
  // Who is joined, for ActiveUsers.
  await price('GetGroupProps', [4.5, 0, 0], () => ann.request('GetGroupProps-Request', { GroupID: party }))
  await price('SetGroupProps of a group', [4.5, 2, 0], () => set({ GroupProperties: properties(['Topic', 'a']) }))
  await price('SetGroupProps of oneself', [3.5, 1, 0], () => set({ OwnProperties: properties(['AutoJoin', 'T']) }))
  return priced
}

/** R12: the end and the restore of a session that is joined in a group that is AutoJoin. */
async function priceAutoJoin(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const [ann] = await crowd(village, 2)
  await ann.request('SetGroupProps-Request', { GroupID: party, OwnProperties: properties(['AutoJoin', 'T']) })
  village.clock.advance(1000)
  // It sees neither leave nor join: joined session, group and session are looked at, and its place is of the new epoch.
  await price('re-establishment of a live session in an AutoJoin group', [12, 2, 2], () =>
    ann.login({ sessionId: ann.sessionId }),
  )
  // As without groups, and what leaving costs: 4 reads, 5 writes and 2 of the index.
  await price('logout from an AutoJoin group', [8.5, 8, 5], () => ann.request('Logout-Request'))
  village.clock.advance(1000)
  // As without groups, and: what was left of earlier (4 reads); and what a join costs (8 reads and 5 writes).
  await price('re-establishment that joins an AutoJoin group', [23, 7, 1], () =>
    ann.login({ sessionId: ann.sessionId }),
  )
  await ann.request('Logout-Request')
  ann.sessionId = undefined
  await ann.login()
  await price('Service that joins an AutoJoin group', [16, 7, 0], () =>
    ann.request('Service-Request', { Functions: { WVCSPFeat: '' } }),
  )
  return priced
}

async function priceCrowd(many: number): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const [ann] = await crowd(village, many)
  // Some 16 who are joined fit into a unit. With more than 32 there is a job that the sweeper can finish: written, noted
  // now and then how far it is, and removed.
  const joined = Math.ceil(many / 16)
  const job = many > 32 ? 3 : 0
  await price(`a message to a group, ${many} joined`, [3.5 + joined, 2 + (many - 1) + job, many > 32 ? 2 : 0], () =>
    say(ann),
  )
  return priced
}
