import { randomText } from '../randomText.ts'
import { AccessStore } from './access.ts'
import { AccountStore } from './accounts.ts'
import { BellStore } from './bells.ts'
import { DirectoryStore } from './directory.ts'
import { GroupDeliveryStore } from './groupDelivery.ts'
import { GroupLogStore } from './groupLog.ts'
import { GroupStore } from './groups.ts'
import { InboxStore } from './inbox.ts'
import { InvitationStore } from './invitations.ts'
import { JobStore } from './jobs.ts'
import { MemberStore } from './members.ts'
import { OwnPropertiesStore } from './ownProperties.ts'
import { PlaceStore } from './places.ts'
import { PostingStore } from './postings.ts'
import { PresenceStore } from './presence.ts'
import { QueueStore } from './queue.ts'
import { RoomStore } from './rooms.ts'
import { SearchStore } from './searches.ts'
import { SentStore } from './sent.ts'
import { SessionStore } from './sessions.ts'
import { SlotStore } from './slots.ts'
import { SubscriptionStore } from './subscriptions.ts'
import { SweepStore } from './sweep.ts'
import { SystemMessageStore } from './systemMessages.ts'
import type { Table } from './table.ts'
import { Writes } from './writes.ts'

/** Every read and write of the service, by what it is about. */
export interface Store {
  readonly sessions: SessionStore
  readonly accounts: AccountStore
  readonly queue: QueueStore
  readonly sweep: SweepStore
  readonly presence: PresenceStore
  readonly access: AccessStore
  readonly subscriptions: SubscriptionStore
  readonly slots: SlotStore
  readonly jobs: JobStore
  readonly inbox: InboxStore
  readonly bells: BellStore
  readonly invitations: InvitationStore
  readonly groupDelivery: GroupDeliveryStore
  readonly sent: SentStore
  readonly systemMessages: SystemMessageStore
  readonly groups: GroupStore
  readonly members: MemberStore
  readonly directory: DirectoryStore
  readonly postings: PostingStore
  readonly searches: SearchStore
  readonly rooms: RoomStore
  readonly groupLog: GroupLogStore
  readonly places: PlaceStore
  readonly ownProperties: OwnPropertiesStore
}

/** @param random gives that many random bytes: write ids are made of them */
export function createStore(table: Table, random: (bytes: number) => Uint8Array): Store {
  const writes = new Writes(table, () => randomText(random, 9))
  const subscriptions = new SubscriptionStore(writes)
  return {
    sessions: new SessionStore(writes, subscriptions),
    accounts: new AccountStore(writes),
    queue: new QueueStore(writes),
    sweep: new SweepStore(table),
    presence: new PresenceStore(writes),
    access: new AccessStore(writes),
    subscriptions,
    slots: new SlotStore(writes),
    jobs: new JobStore(writes),
    inbox: new InboxStore(writes),
    bells: new BellStore(writes),
    invitations: new InvitationStore(writes),
    groupDelivery: new GroupDeliveryStore(writes),
    sent: new SentStore(writes),
    systemMessages: new SystemMessageStore(writes),
    groups: new GroupStore(writes),
    members: new MemberStore(writes),
    directory: new DirectoryStore(writes),
    postings: new PostingStore(writes),
    searches: new SearchStore(writes),
    rooms: new RoomStore(writes),
    groupLog: new GroupLogStore(writes),
    places: new PlaceStore(writes),
    ownProperties: new OwnPropertiesStore(writes),
  }
}
