import type { ContentTree, Element } from '../../src/csp/element.ts'
import { isAtLeast } from '../../src/csp/versions.ts'
import type { Table } from '../../src/store/table.ts'
import { Phone, type PhoneOptions, type Reply } from './phone.ts'
import type { TestVillage } from './village.ts'

/** Values by attribute (1.3: by attribute and client), each as text that can be compared. */
export type Values = Readonly<Record<string, string>>

/** A notification as a client reads it: the user's name, and what each attribute says; undefined where it is withdrawn. */
export interface Notified {
  readonly user: string
  readonly transactionId: string
  readonly told: readonly (readonly [attribute: string, value: string | undefined])[]
}

/** `bob` of `wv:bob` and `wv:bob@localhost`. */
export const nameIn = (address: string | undefined): string => (address ?? '').replace(/^wv:/, '').replace(/@.*$/, '')

const written = (one: Element): string =>
  one.children.length > 0 ? `${one.name}(${one.children.map(written).join(' ')})` : `${one.name}=${one.text ?? ''}`

/** What the elements of a PresenceSubList say, in their order. 1.3 has an attribute once for each client that it names. */
export function toldIn(list: Element | undefined): [string, string | undefined][] {
  return (list?.children ?? []).map((one) => {
    const client = one.child('ClientID')
    const name = client ? `${one.name} of ${written(client)}` : one.name
    const value = one.children.filter((child) => !['Qualifier', 'ClientID'].includes(child.name)).map(written)
    return [name, one.flagOf('Qualifier') === false ? undefined : value.join(' ')]
  })
}

/** The values of a PresenceSubList; what is qualified F is not there. */
export const valuesIn = (list: Element | undefined): Values =>
  Object.fromEntries(toldIn(list).filter((one): one is [string, string] => one[1] !== undefined))

/** What is withdrawn without a client is withdrawn for all of them. */
const isOf = (known: string, attribute: string) => known === attribute || known.startsWith(`${attribute} of `)

/** The notifications in an answer. */
export const notificationsIn = (reply: Reply): Notified[] =>
  (reply.message?.transactions ?? [])
    .filter(({ primitive }) => primitive.name === 'PresenceNotification-Request')
    .map(({ id, primitive }) => {
      const presence = primitive.child('Presence')!
      return {
        user: nameIn(presence.textOf('UserID')),
        transactionId: id!,
        told: toldIn(presence.child('PresenceSubList')),
      }
    })

/** A client that watches others: a phone, and what it knows from notifications alone. */
export class Onlooker {
  readonly phone: Phone
  /** Every notification, in order. */
  readonly notified: Notified[] = []
  /** Users who asked to be authorised by this one. */
  readonly asked: string[] = []
  #known = new Map<string, Map<string, string>>()

  constructor(village: TestVillage, user: string, options: PhoneOptions = {}) {
    this.phone = new Phone(village, { user, client: `client of ${user}`, ...options })
  }

  static async loggedIn(village: TestVillage, user: string, options: PhoneOptions = {}): Promise<Onlooker> {
    const onlooker = new Onlooker(village, user, options)
    const reply = await onlooker.phone.login()
    if (reply.code !== 200) throw new Error(`${user} cannot log in: ${reply.code}`)
    return onlooker
  }

  get id(): string {
    return this.phone.sessionId!
  }

  /** What it knows of a user. */
  known(user: string): Values {
    return Object.fromEntries([...(this.#known.get(user) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** A client that has restored its session, or never had one, knows nothing. */
  forgetAll(): void {
    this.#known = new Map()
  }

  forget(user: string): void {
    this.#known.delete(user)
  }

  async restore(options: Parameters<Phone['login']>[0] = {}): Promise<Reply> {
    const reply = await this.phone.login({ sessionId: this.id, ...options })
    if (reply.code === 200) this.forgetAll()
    return reply
  }

  subscribe(users: readonly string[], more: ContentTree = {}): Promise<Reply> {
    return this.phone.request('SubscribePresence-Request', { ...this.#users(users), ...more })
  }

  unsubscribe(users: readonly string[]): Promise<Reply> {
    return this.phone.request('UnsubscribePresence-Request', this.#users(users))
  }

  update(values: ContentTree): Promise<Reply> {
    return this.phone.request('UpdatePresence-Request', { PresenceSubList: values })
  }

  say(text: string): Promise<Reply> {
    return this.update({ StatusText: { Qualifier: 'T', PresenceValue: text } })
  }

  /** Lets a user see its presence, or not. 1.1 and 1.2. */
  authorise(user: string, accept = true, attributes?: readonly string[]): Promise<Reply> {
    return this.phone.request('PresenceAuth-User', {
      UserID: `wv:${user}`,
      Acceptance: accept,
      PresenceSubList: attributes && subList(attributes),
    })
  }

  /** What GetPresence tells of a user now. */
  async look(user: string, attributes?: readonly string[]): Promise<Values> {
    const reply = await this.phone.request('GetPresence-Request', {
      ...this.#users([user]),
      PresenceSubList: attributes && subList(attributes),
    })
    const presence = reply.primitive?.child('Presence')
    if (!presence) throw new Error(`GetPresence: ${reply.text}`)
    return Object.fromEntries(
      Object.entries(valuesIn(presence.child('PresenceSubList'))).sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }

  /** Takes in what an answer brings. @returns the TransactionIDs to acknowledge */
  hear(reply: Reply): string[] {
    for (const notified of notificationsIn(reply)) {
      this.notified.push(notified)
      const known = this.#known.get(notified.user) ?? new Map()
      for (const [attribute, value] of notified.told) {
        if (value !== undefined) known.set(attribute, value)
        else for (const name of [...known.keys()].filter((one) => isOf(one, attribute))) known.delete(name)
      }
      this.#known.set(notified.user, known)
    }
    if (reply.name === 'PresenceAuth-Request') this.asked.push(nameIn(reply.primitive!.textOf('UserID')))
    return (reply.message?.transactions ?? []).filter(({ mode }) => mode === 'Request').map(({ id }) => id!)
  }

  /** Polls and acknowledges until nothing comes. @returns what was notified meanwhile */
  async drain(): Promise<Notified[]> {
    const before = this.notified.length
    let reply = await this.phone.poll()
    for (let round = 0; reply.name !== 'nothing'; round++) {
      if (round > 200) throw new Error('there is no end of server transactions')
      if (reply.name === 'Status') throw new Error(`poll: ${reply.code}`)
      const [id, ...rest] = this.hear(reply)
      for (const one of rest) await this.phone.acknowledge(one)
      reply = await this.phone.acknowledge(id!)
      if (reply.name === 'nothing') reply = await this.phone.poll()
    }
    return this.notified.slice(before)
  }

  /** Polls once, and acknowledges nothing. */
  async poll(): Promise<Notified[]> {
    const before = this.notified.length
    this.hear(await this.phone.poll())
    return this.notified.slice(before)
  }

  #users(users: readonly string[]): ContentTree {
    const UserID = users.map((user) => `wv:${user}`)
    if (users.length === 0) return {}
    return isAtLeast(this.phone.version, '1.3')
      ? { UserIDList: { UserID } }
      : { User: UserID.map((one) => ({ UserID: one })) }
  }
}

/** The same client over another table, in the same session. It knows nothing yet. */
export function over(one: Onlooker, village: TestVillage, table: Table): Onlooker {
  const other = new Onlooker(village.with({ table }), one.phone.options.user!, one.phone.options)
  other.phone.sessionId = one.id
  return other
}

/** A PresenceSubList that names attributes. */
export const subList = (attributes: readonly string[]): ContentTree =>
  Object.fromEntries(attributes.map((name) => [name, '']))
