import { contentModels } from '../../src/csp/contentModel.ts'
import type { Element } from '../../src/csp/element.ts'

/** An element, whoever has read it. */
export interface Read {
  readonly name: string
  readonly children: readonly Read[]
  readonly text?: string
}

/** What an element says: its text, or its children by name. */
export type Said = string | { readonly [child: string]: Said }

/** Presence values by attribute. */
export type Values = Readonly<Record<string, Said>>

/** What is said in a PresenceSubList. Vendor elements and empty ones say nothing (clients.md 22). */
export const valuesIn = (list: Read | undefined): Values =>
  Object.fromEntries((list?.children ?? []).map((one) => [one.name, said(one)]))

function said({ name, text = '', children }: Read): Said {
  const known = contentModels['1.2'].get(name)?.map((child) => child.name) ?? []
  const stated = children.filter((child) => known.includes(child.name) && (child.text || child.children.length > 0))
  return stated.length === 0 ? text : Object.fromEntries(stated.map((child) => [child.name, said(child)]))
}

/** What the server says of a user by itself, until the client does: it is online, and what it can take. */
const ownToServer = new Set(['OnlineStatus', 'ClientInfo', 'CommCap'])

/** A contact list as its user has made it. */
export interface KnownList {
  /** As the client wrote it. */
  readonly address: string
  isDefault: boolean
  displayName: string
  /** Name and UserID as the client wrote them, by user. */
  readonly members: Map<string, { readonly Name: string; readonly UserID: string }>
}

/** The user in a UserID. */
export const userIn = (text: string | undefined): string => (text ?? '').replace(/^wv:/, '').replace(/@.*$/, '')

/**
 * What is true of the users of a recording by what their clients have said so far: who is online, who has which presence,
 * which contact lists, who lets whom see, and who takes no messages from whom. It is what our answers are held against; the recorded answers are not.
 */
export class Truth {
  readonly #presence = new Map<string, Values>()
  readonly #lists = new Map<string, KnownList[]>()
  readonly #grants = new Set<string>()
  readonly #users: ReadonlySet<string>
  readonly #joined = new Map<string, ReadonlyMap<string, string>>()
  readonly #addresses = new Map<string, string>()
  readonly #blocked = new Set<string>()
  readonly #blockListsInUse = new Set<string>()

  /** @param users those that there are */
  constructor(users: ReadonlySet<string>) {
    this.#users = users
  }

  /** @param address the UserID of the login */
  loggedIn(user: string, address: string): void {
    this.#addresses.set(user, address)
    this.#presence.set(user, { ...this.presence(user), OnlineStatus: { Qualifier: 'T', PresenceValue: 'T' } })
  }

  /** Takes note of a request that was granted. */
  note(user: string, request: Element): void {
    notes[request.name]?.(this, user, request)
  }

  presence(user: string): Values {
    return this.#presence.get(user) ?? {}
  }

  /** OnlineStatus is the server's to say. */
  update(user: string, list: Element | undefined): void {
    const { OnlineStatus: _, ...values } = valuesIn(list)
    this.#presence.set(user, { ...this.presence(user), ...values })
  }

  /** A user's own contact lists, oldest first. */
  lists(user: string): readonly KnownList[] {
    return this.#lists.get(user) ?? []
  }

  list(user: string, address: string | undefined): KnownList | undefined {
    return this.lists(user).find((one) => one.address.toLowerCase() === address?.toLowerCase())
  }

  setLists(user: string, lists: readonly KnownList[]): void {
    this.#lists.set(user, [...lists])
  }

  authorise(owner: string, viewer: string, accepts: boolean): void {
    if (accepts) this.#grants.add(`${owner} ${viewer}`)
    else this.#grants.delete(`${owner} ${viewer}`)
  }

  maySee(viewer: string, owner: string): boolean {
    return viewer === owner || this.#grants.has(`${owner} ${viewer}`)
  }

  /** As the user's own client writes it, and in both recordings the other's too. */
  address(user: string): string | undefined {
    return this.#addresses.get(user)
  }

  block(owner: string, list: Element | undefined): void {
    const inUse = list?.textOf('InUse')
    if (inUse === 'T') this.#blockListsInUse.add(owner)
    if (inUse === 'F') this.#blockListsInUse.delete(owner)
    for (const text of list?.child('AddList')?.textsOf('UserID') ?? []) this.#blocked.add(`${owner} ${userIn(text)}`)
    for (const text of list?.child('RemoveList')?.textsOf('UserID') ?? [])
      this.#blocked.delete(`${owner} ${userIn(text)}`)
  }

  /** Who is joined in a group, with the screen names. */
  joined(group: string | undefined): ReadonlyMap<string, string> {
    return this.#joined.get(group ?? '') ?? new Map()
  }

  join(user: string, request: Element): void {
    const group = request.textOf('GroupID')!
    const screenName = request.find('ScreenName', 'SName')?.text ?? user
    this.#joined.set(group, new Map([...this.joined(group), [user, screenName]]))
  }

  leave(user: string, group: string): void {
    this.#joined.set(group, new Map([...this.joined(group)].filter(([one]) => one !== user)))
  }

  /** The code that a message gets which a user sends. */
  codeOfMessage(sender: string, request: Element): string {
    const recipient = request.find('MessageInfo', 'Recipient')
    const group = recipient?.find('Group', 'GroupID')?.text
    if (group) return this.joined(group).has(sender) ? '200' : '808'
    const to = userIn(recipient?.find('User', 'UserID')?.text)
    if (!this.#users.has(to)) return '531'
    return this.#blockListsInUse.has(to) && this.#blocked.has(`${to} ${sender}`) ? '532' : '200'
  }

  /** The part of some values that is not true: nobody has said it, and it is not the server's own to say. */
  untrueIn(user: string, values: Values): Values {
    const truth = this.presence(user)
    const isTrue = ([name, value]: [string, Said]) =>
      name in truth ? JSON.stringify(sorted(value)) === JSON.stringify(sorted(truth[name]!)) : ownToServer.has(name)
    return Object.fromEntries(Object.entries(values).filter((one) => !isTrue(one)))
  }
}

const sorted = (one: Said): unknown =>
  typeof one === 'string'
    ? one
    : Object.entries(one)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => [name, sorted(value)])

/** What each request changes. */
const notes: Readonly<Record<string, (truth: Truth, user: string, request: Element) => void>> = {
  'UpdatePresence-Request': (truth, user, request) => truth.update(user, request.child('PresenceSubList')),

  'CreateList-Request': (truth, user, request) => {
    const address = request.textOf('ContactList')!
    // To create a list again hurts nothing (clients.md 21).
    if (truth.list(user, address)) return
    const displayName = address.replace(/^[^/]*\//, '').replace(/@.*$/, '')
    const list: KnownList = { address, isDefault: truth.lists(user).length === 0, displayName, members: new Map() }
    truth.setLists(user, [...truth.lists(user), list])
    addMembers(list, request.child('NickList'))
    setProperties(truth, user, list, request)
  },

  'DeleteList-Request': (truth, user, request) => {
    const gone = truth.list(user, request.textOf('ContactList'))
    truth.setLists(
      user,
      truth.lists(user).filter((one) => one !== gone),
    )
  },

  'ListManage-Request': (truth, user, request) => {
    const list = truth.list(user, request.textOf('ContactList'))!
    addMembers(list, request.child('AddNickList'))
    for (const text of request.child('RemoveNickList')?.textsOf('UserID') ?? []) list.members.delete(userIn(text))
    setProperties(truth, user, list, request)
  },

  'PresenceAuth-User': (truth, user, request) =>
    truth.authorise(user, userIn(request.textOf('UserID')), request.textOf('Acceptance') === 'T'),

  'BlockEntity-Request': (truth, user, request) => truth.block(user, request.child('BlockList')),

  'CreateGroup-Request': (truth, user, request) => {
    if (request.textOf('JoinGroup') === 'T') truth.join(user, request)
  },
  'JoinGroup-Request': (truth, user, request) => truth.join(user, request),
  'LeaveGroup-Request': (truth, user, request) => truth.leave(user, request.textOf('GroupID')!),

  'CancelAuth-Request': (truth, user, request) => truth.authorise(user, userIn(request.textOf('UserID')), false),
}

function addMembers({ members }: KnownList, list: Element | undefined): void {
  for (const nick of list?.all('NickName') ?? []) {
    // COMPAT(Android 1.0): `User/UserID` (clients.md 18).
    const UserID = nick.textOf('UserID') ?? nick.find('User', 'UserID')!.text!
    members.set(userIn(UserID), { Name: nick.textOf('Name') ?? '', UserID })
  }
}

function setProperties(truth: Truth, user: string, list: KnownList, request: Element): void {
  for (const property of request.child('ContactListProperties')?.all('Property') ?? []) {
    if (property.textOf('Name') === 'DisplayName') list.displayName = property.textOf('Value') ?? ''
    else if (property.textOf('Value') === 'T') for (const one of truth.lists(user)) one.isDefault = one === list
  }
}
