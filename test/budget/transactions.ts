import type { ContentTree } from '../../src/csp/element.ts'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { sendSystemMessage } from '../../src/delivery/sendSystemMessage.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount } from '../support/village.ts'
import { priceGroups } from './groups.ts'
import { priceInvitations } from './invitations.ts'
import { priceLargeMessages, priceMessages } from './messages.ts'
import { priceSearches } from './searches.ts'
import { createShop, names, type Priced, settle } from './shop.ts'

/**
 * What clients do, with the request units that it may cost (the table of docs/architecture.md) and what it does cost.
 */
export const priceAll = async (): Promise<Priced[]> => [
  ...(await priceSessions()),
  ...(await priceLists()),
  ...(await pricePresence()),
  ...(await priceWatched(1)),
  ...(await priceWatched(50)),
  ...(await priceWatching()),
  ...(await priceNotifications()),
  ...(await priceMessages()),
  ...(await priceLargeMessages()),
  ...(await priceSearches()),
  ...(await priceInvitations()),
  ...(await priceGroups()),
]

async function priceSessions(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  await addCheapAccount(village, 'ann', 'pw')
  const phone = new Phone(village)
  const tell = async () => {
    const { session } = (await village.store.sessions.read(phone.sessionId!))!
    await openServerTransaction(village, session, 'SystemMessage', { id: 'm', text: 'hello', at: village.now() })
  }
  const logOut = async () => phone.request('Logout-Request')

  // Account and, to see that no other login has overtaken it, the claim. Whoever comes or goes publishes presence: the
  // values are read, watchers looked at before and after, and the values written: 3 reads and 1 write. And a look into
  // the inbox, whether anything waits.
  await price('login with password', [7, 4, 1], () => phone.login())
  // What it says of the client is published as ClientInfo. Whatever is stored, the inbox is glanced at (0.5), for a bell
  // that was lost.
  await price('ClientCapability', [5, 3, 0], () =>
    phone.request('ClientCapability-Request', {
      CapabilityList: {
        ClientType: 'MOBILE_PHONE',
        ServerPollMin: 30,
        ParserSize: 32767,
        SupportedBearer: 'HTTP',
        AcceptedContentType: ['text/plain', 'image/png'],
      },
    }),
  )
  // With REACT agreed on: the questions that wait for an answer; and the messages that it may be told of now. With
  // GroupFeat: the groups that are AutoJoin, once a login (R12). That there are none is written with the functions.
  await price('Service', [3.5, 1, 0], () =>
    phone.request('Service-Request', { Functions: { WVCSPFeat: '' }, AllFunctionsRequest: true }),
  )
  await price('Service again', [2.5, 1, 0], () => phone.request('Service-Request', { Functions: { WVCSPFeat: '' } }))
  await price('idle poll, touch fresh', [0.5, 0, 0], () => phone.poll())
  village.clock.advance(121_000)
  await price('idle poll, touch due', [1, 1, 0], () => phone.poll())
  await price('KeepAlive', [1, 1, 0], () => phone.request('KeepAlive-Request'))
  await price('KeepAlive with the same TimeToLive', [1, 1, 0], () =>
    phone.request('KeepAlive-Request', { TimeToLive: 600 }),
  )
  await price('GetSPInfo', [0.5, 0, 0], () => phone.request('GetSPInfo-Request'))
  await price('a server transaction opened', [1, 2, 0], tell)
  await price('poll that brings it', [2, 1, 0], () => phone.poll())
  await price('its acknowledgement', [0.5, 1, 0], () => phone.acknowledge('1'))
  await price('logout', [4.5, 3, 3], logOut)
  await price('poll of a session that is over', [1.5, 0, 0], () => phone.poll())
  // Presence again, the questions that wait for an answer, and the groups that are AutoJoin (R12).
  await price('re-establishment after a logout', [10, 2, 1], () => phone.login({ sessionId: phone.sessionId }))
  village.clock.advance(1000)
  // It is online already: the values are read, and nothing is written.
  await price('re-establishment of a live session', [8, 1, 2], () => phone.login({ sessionId: phone.sessionId }))
  await price('re-establishment with a wrong password', [2, 1, 0], () =>
    phone.login({ sessionId: phone.sessionId, password: 'wrong' }),
  )
  await logOut()
  // The session that the client had before is looked at, before and after the claim.
  await price('login after a logout', [9, 4, 1], () => phone.login())
  // Both publish: the new session that it is there, then the old one that it is not.
  await price('login in place of a live session', [12, 7, 4], () => phone.login())
  await logOut()
  // Above the minimum by the session that the client had before, which is looked at again after the claim. The presence
  // item stays under 1 kB: of each ClientID one session that has ended is kept.
  await price('4-way login after a logout, both rounds', [11, 6, 1], () => phone.loginByDigest())
  return priced
}

const list = 'wv:ann/friends'
const status = (PresenceValue: string) => ({ PresenceSubList: { StatusText: { Qualifier: 'T', PresenceValue } } })
const nickList = (many: number) => ({ NickName: names(many).map((user) => ({ Name: user, UserID: `wv:${user}` })) })

async function priceLists(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  for (const user of names(50)) await addCheapAccount(village, user, 'pw')
  await ann.request('CreateList-Request', { ContactList: list, NickList: nickList(50) })
  await price('GetList', [1.5, 0, 0], () => ann.request('GetList-Request'))
  // The session, the access item once, and the contacts, which have 2 units.
  await price('ListManage that reads 50 contacts', [3.5, 0, 0], () =>
    ann.request('ListManage-Request', { ContactList: list, ReceiveList: 'T' }),
  )
  // What was said of 50 contacts is 2 units, though nobody of them is blocked.
  await price('GetBlockedList, 50 contacts and nobody blocked', [3.5, 0, 0], () =>
    ann.request('GetBlockedList-Request'),
  )
  const UserID = names(10).map((user) => `wv:${user}`)
  await ann.request('BlockEntity-Request', { BlockList: { InUse: 'T', AddList: { UserID } } })
  // Besides, an account for each who is blocked: what was said of one that is gone is void.
  await price('GetBlockedList, 50 contacts and 10 blocked', [13.5, 0, 0], () => ann.request('GetBlockedList-Request'))
  return priced
}

/** Notifications of 1.3, and messages of the operator that are to be answered. */
async function priceNotifications(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const phone = await settle(village, 'ann')
  const tablet = new Phone(village, { user: 'ann', client: 'tablet' })
  await tablet.login()
  phone.version = '1.3'
  const create = (name: string) => tablet.request('CreateList-Request', { ContactList: `wv:ann/${name}` })
  const subscribe = (NotificationType: string) =>
    phone.request('SubscribeNotification-Request', { NotificationTypeList: { NotificationType } })
  // Nobody has subscribed to anything: what says so is read with the lists.
  await price('CreateList, nobody is notified', [2.5, 1, 0], () => create('one'))
  // The session, strongly, and what the sessions of the user want to know; both are written. And a glance at the inbox.
  await price('SubscribeNotification', [3, 2, 0], () => subscribe('CLCR'))
  await price('SubscribeNotification to the same again', [1.5, 0, 0], () => subscribe('CLCR'))
  await price('BlockEntity, somebody is notified of something else', [3.5, 3, 2], () =>
    tablet.request('BlockEntity-Request', { BlockList: { InUse: 'T' } }),
  )
  // Which sessions are live, and the one that is not its own; the server transaction.
  await price('CreateList, one session is notified', [4.5, 3, 0], () => create('three'))
  await price('poll that brings a Notification-Request', [2, 1, 0], () => phone.poll())

  const { session } = (await village.store.sessions.read(phone.sessionId!))!
  await price('a question of the operator to one session', [0, 4, 0], () =>
    sendSystemMessage(village, { id: 'm', text: 'well?', answers: ['yes', 'no'] }, [session]),
  )
  await price('poll that brings the question', [3, 1, 0], () => phone.poll())
  const answer = { SystemMessageResponseList: { SystemMessageResponse: { SystemMessageID: 'm', ChosenOptionID: '1' } } }
  await price('SystemMessage-User', [1.5, 1, 0], () => phone.request('SystemMessage-User', answer))
  await price('SystemMessage-User again', [1.5, 0, 0], () => phone.request('SystemMessage-User', answer))
  return priced
}

async function pricePresence(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  const bob = await settle(village, 'bob')
  const read = (phone: Phone, user: string) => phone.request('GetPresence-Request', { User: { UserID: `wv:${user}` } })
  // The account, values and access in one Query, and the session, which alone says whether it is live.
  await price('GetPresence of oneself', [3, 0, 0], () => read(ann, 'ann'))
  // Besides, what the other has said of the reader; and that it was read, which is noted once an hour.
  await price('GetPresence of another', [4.5, 1, 0], () => read(bob, 'ann'))
  await price('GetPresence of another again', [4.5, 0, 0], () => read(bob, 'ann'))
  await price('UpdatePresence, nobody watches', [3.5, 1, 0], () => ann.request('UpdatePresence-Request', status('a')))
  await price('UpdatePresence that changes nothing', [1.5, 0, 0], () =>
    ann.request('UpdatePresence-Request', status('a')),
  )
  return priced
}

/** What presence costs a user whom so many watch. */
async function priceWatched(many: number): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  const friends: Phone[] = []
  for (const user of names(many)) friends.push(await settle(village, user))
  const watch = { User: { UserID: 'wv:ann' } }
  for (const phone of friends) {
    await ann.request('PresenceAuth-User', { UserID: `wv:${phone.options.user}`, Acceptance: 'T' })
    await phone.request('SubscribePresence-Request', watch)
    await phone.acknowledge((await phone.poll()).transactionId!)
  }
  // Watchers twice, once for those who come while it is under way (some twenty fit into a unit), and their hot items;
  // values and a slot for each.
  const [watchers, hot] = [Math.ceil(many / 20), many / 2]
  await price(`UpdatePresence, ${many} watch`, [1.5 + 2 * watchers + hot, 1 + many, 0], () =>
    ann.request('UpdatePresence-Request', status('a')),
  )
  await price(
    `UpdatePresence, ${many} watch and were not told of the last yet`,
    [1.5 + 2 * watchers + hot, 1 + many, 0],
    () => ann.request('UpdatePresence-Request', status('b')),
  )
  for (const phone of friends) await phone.acknowledge((await phone.poll()).transactionId!)
  await price(`logout, ${many} watch`, [2.5 + 2 * watchers + hot, 3 + many, 3], () => ann.request('Logout-Request'))
  return priced
}

/** What it costs a user to watch others: one, and the members of a list of fifty. */
async function priceWatching(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  const friends: Phone[] = []
  for (const user of ['bob', ...names(50)]) friends.push(await settle(village, user))
  const leave = { UserID: 'wv:ann', Acceptance: 'T' }
  const bob = friends.shift()!
  const subscribe = (to: ContentTree) => ann.request('SubscribePresence-Request', to)
  // Both sides of the subscription, the question, its server transaction, and that it was told and is settled. Above the
  // minimum: is the account there, and what may be seen is judged three times (2 reads each), for an authorisation at the same time: before the subscription is
  // written, after it, and when the question stands.
  await price('SubscribePresence to one who has to be asked', [14.5, 7, 0], () =>
    subscribe({ User: { UserID: 'wv:bob' } }),
  )
  // A job that the sweeper can finish (2 writes); what was said, the question, its server transaction, what the watcher
  // may see, and its slot. Above the minimum: the judgement is looked at once more after it was noted (2 reads), for
  // another job at the same time; and whether another session wants to be notified (0.5).
  await price('PresenceAuth-User', [10, 7, 2], () => bob.request('PresenceAuth-User', leave))
  // The subscription, values and access, what was said of the watcher, and the session of the one who is watched.
  await price('a poll that brings a notification', [5.5, 1, 0], () => ann.poll())
  await price('acknowledgement of a notification', [0.5, 1, 0], () => ann.acknowledge('1'))
  await price('UnsubscribePresence', [3.5, 4, 0], () =>
    ann.request('UnsubscribePresence-Request', { User: { UserID: 'wv:bob' } }),
  )
  // Both sides of the subscription and the slot. Above the minimum: the session is read three times (as every request
  // does, strongly with what waits, and what it watches), and what may be seen twice (2 reads each), before and after
  // the subscription is written; and it is settled by a write of its own.
  await price('SubscribePresence to one who has given leave', [7.5, 4, 0], () =>
    subscribe({ User: { UserID: 'wv:bob' } }),
  )
  // Nothing is written of it, and judged once.
  await price('SubscribePresence to the same again, before anything of it was told', [5.5, 0, 0], () =>
    subscribe({ User: { UserID: 'wv:bob' } }),
  )
  await ann.acknowledge((await ann.poll()).transactionId!)
  await price('SubscribePresence to the same again, after it was told', [5.5, 1, 0], () =>
    subscribe({ User: { UserID: 'wv:bob' } }),
  )
  await ann.request('UnsubscribePresence-Request', { User: { UserID: 'wv:bob' } })

  for (const phone of friends) await phone.request('PresenceAuth-User', leave)
  await ann.request('CreateList-Request', { ContactList: list, NickList: nickList(50) })
  // Access and relation of each, before and after the subscription is written, and four writes for each.
  await price('SubscribePresence to a list of 50', [205.5, 200, 0], () => subscribe({ ContactList: list }))
  // Everything waits to be told already, as the slots show that were read with the session (4 units, with what it
  // watches 3): each is judged, and nothing is written.
  await price('SubscribePresence to a list of 50 again, before anything of it was told', [109.5, 0, 0], () =>
    subscribe({ ContactList: list }),
  )
  let next = await ann.poll()
  while (next.transactionId !== undefined) next = await ann.acknowledge(next.transactionId)
  await ann.request('Logout-Request')
  // The snapshot has 3 units. The Poll flag needs no further look.
  await price('re-establishment that restores 50 subscriptions', [12, 52, 1], () =>
    ann.login({ sessionId: ann.sessionId }),
  )
  next = await ann.poll()
  while (next.transactionId !== undefined) next = await ann.acknowledge(next.transactionId)
  village.clock.advance(1000)
  await price('re-establishment of a live session with 50 subscriptions', [10, 51, 2], () =>
    ann.login({ sessionId: ann.sessionId }),
  )
  // 50 slots wait: the session is read with them.
  await price('logout of one who watches 50', [7.5, 3, 3], () => ann.request('Logout-Request'))
  return priced
}
