import { createShop, type Priced, settle } from './shop.ts'

/** What invitations cost: made, told, answered, cancelled; and what it costs to verify ids. */
export async function priceInvitations(): Promise<Priced[]> {
  const { village, priced, price } = createShop()
  const ann = await settle(village, 'ann')
  const bob = await settle(village, 'bob')
  let InviteID = ''
  const invite = (id: string, users: readonly string[] = ['bob']) => {
    InviteID = id
    const Recipient = { User: users.map((user) => ({ UserID: `wv:${user}` })) }
    return ann.request('Invite-Request', { InviteID, InviteType: 'IM', Recipient, InviteNote: 'come' })
  }
  const idOf = async () => (await bob.poll()).primitive!.textOf('InviteID')!
  const answer = (id: string) => bob.request('InviteUser-Response', { InviteID: id, Acceptance: 'T' })
  // The recipient's account, values and access, the end of its inbox and of one's own, which is to take the answer; and
  // who is live, when it is there. Written are what was decided, the invitation, its news, and the bell.
  await price('Invite-Request to one live session', [6, 4, 0], () => invite('one'))
  // What stands is read, and what is missing would be put.
  await price('the same Invite-Request once more', [8, 4, 0], () => invite('one'))
  let id = ''
  // Beside what a message takes (4.5 with the first of a session), that it is sent.
  await price('poll that brings an invitation, the first of a session', [3.5, 3, 0], async () => {
    id = await idOf()
  })
  await price('its acknowledgement', [1, 2, 0], () => bob.acknowledge('1'))
  // The invitation, the inviter's account, the end of its inbox and who is live of it; whether it is still to be sent.
  // Written are the answer, the news of it, the bell, and that all of that is done. Of both it is glanced at (0.5)
  // whether a session wants to be notified.
  await price('InviteUser-Response to one live session', [7, 4, 0], () => answer(id))
  await price('the same InviteUser-Response once more', [1.5, 0, 0], () => answer(id))
  await price('poll that brings an answer, the first of a session', [3.5, 2, 0], () => ann.poll())
  await ann.acknowledge('1')
  await invite('two')
  await price('CancelInvite-Request of what was not sent', [3, 3, 0], () =>
    ann.request('CancelInvite-Request', { InviteID: 'two' }),
  )
  await invite('three')
  await bob.poll()
  await bob.acknowledge('2')
  await price('CancelInvite-Request of what was sent', [6, 4, 0], () =>
    ann.request('CancelInvite-Request', { InviteID: 'three' }),
  )
  const talk = { ExtendConversationID: 'talk', UserIDList: { UserID: 'wv:bob' }, SubscribeNotification: false }
  ann.version = '1.3'
  await ann.request('Service-Request', { Functions: { WVCSPFeat: '' } })
  // Bob is judged and told as by an Invite-Request, and the group made and joined as by a CreateGroup. Besides, how many
  // groups there are (twice), bob becomes a member, and that all is done.
  await price('ExtendConversation with one live session', [19, 14, 0], () =>
    ann.request('ExtendConversation-Request', talk),
  )
  await price('the same ExtendConversation once more', [9.5, 1, 0], () =>
    ann.request('ExtendConversation-Request', talk),
  )
  // Accounts at 1, the access item once.
  await price('VerifyID-Request of two users and a list', [3.5, 0, 0], () =>
    ann.request('VerifyID-Request', { IDList: { UserID: ['wv:bob', 'wv:nobody'], ContactList: 'wv:ann/friends' } }),
  )
  return priced
}
