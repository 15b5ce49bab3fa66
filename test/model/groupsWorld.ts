import { expect } from 'vitest'
import type { ContentTree } from '../../src/csp/element.ts'
import type { FaultRates } from '../support/faultTable.ts'
import type { LineReply } from '../support/line.ts'
import { addCheapAccount } from '../support/village.ts'
import { checkGarbage, checkMessages, mustCome } from './groupsEnd.ts'
import { hear } from './groupsHearing.ts'
import {
  alike,
  type Came,
  type Client,
  failed,
  type GroupName,
  groups,
  type Message,
  name,
  properties,
  tell,
  users,
} from './groupsKnown.ts'
import { GroupsSessions } from './groupsSessions.ts'

/**
 * What users do in two groups. Beside it the reference: what each was promised, and what therefore has to come to whom, once,
 * and in the order that is the same for all.
 */
export class GroupsWorld extends GroupsSessions {
  readonly #messages: Message[] = []
  /** Groups that somebody has tried to remove. */
  readonly #removals = new Set<GroupName>()
  #step = 0

  static async create(seed: number, rates: FaultRates, lossRate: number): Promise<GroupsWorld> {
    const world = new GroupsWorld(seed, rates, lossRate)
    for (const user of users) await addCheapAccount(world.village, user, 'pw')
    return world
  }

  /** What of a group is asked for once more when there is no answer: under the same TransactionID, or another. */
  async #act(
    client: Client,
    act: string,
    primitive: string,
    content: ContentTree,
    outcome: (reply: LineReply | undefined) => void,
    begin: () => void = () => {},
  ): Promise<LineReply | undefined> {
    const { session } = client
    if (session === undefined) return undefined
    const at = this.village.now()
    const id = `r${++client.requests}`
    const again = async (transactionId: string) => {
      begin()
      const reply = await this.inband(client, (line) => line.request(primitive, content, transactionId))
      this.note(`${name(client)} ${act}`, reply)
      outcome(reply)
      client.unanswered = failed(reply)
        ? async () => {
            const isSame = this.village.now() - at < 280_000 && this.choose() < 0.7
            if (client.session === session) await again(isSame ? id : `r${++client.requests}`)
          }
        : undefined
      return reply
    }
    return again(id)
  }

  async repeat(client: Client): Promise<void> {
    const { unanswered } = client
    delete client.unanswered
    await unanswered?.()
  }

  async create(client: Client, group: GroupName): Promise<void> {
    if (client.user !== 'ann') return this.join(client, group, 1)
    const properties = { Name: group, AutoDelete: group === 'den' ? 'T' : 'F', PrivateMessaging: 'T' }
    let end: (outcome: boolean | 'maybe' | 'as before') => void
    const content = {
      GroupID: `wv:ann/${group}`,
      GroupProperties: { Property: Object.entries(properties).map(([Name, Value]) => ({ Name, Value })) },
      JoinGroup: true,
      ScreenName: { SName: name(client), GroupID: `wv:ann/${group}` },
      SubscribeNotification: true,
    }
    const begin = () => {
      end = client.in[group].begin()
    }
    await this.#act(
      client,
      `creates ${group}`,
      'CreateGroup-Request',
      content,
      (reply) => {
        // The one before may have gone with the last who left it, and all that was said of it.
        if (reply?.code === 200 || failed(reply)) this.#forget(group)
        end(reply?.code === 200 ? true : failed(reply) ? 'maybe' : reply?.code === 801 ? 'as before' : 'maybe')
      },
      begin,
    )
  }

  /** Nobody knows what users have said of this group, or had said of them. */
  #forget(group: GroupName): void {
    for (const user of users)
      for (const of of [this.autoJoins, this.rejections]) this.known(of, user, group).begin()('maybe')
  }

  async delete(client: Client, group: GroupName): Promise<void> {
    if (client.user !== 'ann') return this.leave(client, group)
    this.#removals.add(group)
    let ends: ((outcome: boolean | 'maybe' | 'as before') => void)[] = []
    const begin = () => {
      ends = [
        ...this.clients.map((one) => one.in[group].begin()),
        ...users.flatMap((user) => [
          this.known(this.autoJoins, user, group).begin(),
          this.known(this.rejections, user, group).begin(),
        ]),
      ]
    }
    await this.#act(
      client,
      `deletes ${group}`,
      'DeleteGroup-Request',
      { GroupID: `wv:ann/${group}` },
      (reply) => {
        for (const end of ends)
          end(reply?.code === 200 ? false : failed(reply) || reply?.code === 800 ? 'maybe' : 'as before')
      },
      begin,
    )
  }

  async join(client: Client, group: GroupName, choice: number): Promise<void> {
    const names = [name(client), undefined, 'Star', 'star', `${name(client)} ${choice % 5}`]
    const SName = names[choice % names.length]
    const GroupID = `wv:ann/${group}`
    let end: (outcome: boolean | 'maybe' | 'as before') => void
    let rejected: boolean | 'maybe' = 'maybe'
    const content = {
      GroupID,
      ScreenName: SName === undefined ? undefined : { SName, GroupID },
      JoinedRequest: choice % 2 === 0,
      SubscribeNotification: choice % 4 !== 0,
    }
    const isRejected = this.known(this.rejections, client.user, group)
    const begin = () => {
      end = client.in[group].begin()
      rejected = isRejected.value
    }
    await this.#act(
      client,
      `joins ${group} as ${SName ?? 'before'}`,
      'JoinGroup-Request',
      content,
      (reply) => {
        if (!content.SubscribeNotification || failed(reply)) client.mayMissNotices = true
        const isNow = isRejected.value === rejected && rejected !== 'maybe'
        if (isNow && rejected === true) expect(reply?.name, 'a rejected user has joined').not.toBe('JoinGroup-Response')
        if (isNow && rejected === false) expect(reply?.code, 'nobody has rejected him').not.toBe(809)
        if (reply?.name === 'JoinGroup-Response') return end(true)
        end(failed(reply) || reply?.code === 800 ? 'maybe' : reply?.code === 809 ? false : 'as before')
      },
      begin,
    )
  }

  async leave(client: Client, group: GroupName): Promise<void> {
    let end: (outcome: boolean | 'maybe' | 'as before') => void
    const begin = () => {
      end = client.in[group].begin()
    }
    await this.#act(
      client,
      `leaves ${group}`,
      'LeaveGroup-Request',
      { GroupID: `wv:ann/${group}` },
      (reply) => {
        end(reply?.code === 200 || reply?.code === 808 ? false : 'maybe')
      },
      begin,
    )
  }

  /** Puts a user on the reject list, or takes him off. */
  async reject(client: Client, group: GroupName, choice: number): Promise<void> {
    const user = choice % 2 ? 'bob' : 'carl'
    const isKick = choice % 3 === 0
    const list = { User: { UserID: `wv:${user}` } }
    if (client.user !== 'ann') return
    let ends: ((outcome: boolean | 'maybe' | 'as before') => void)[] = []
    let end: (outcome: boolean | 'maybe') => void
    const begin = () => {
      ends = isKick ? this.clients.filter((one) => one.user === user).map((one) => one.in[group].begin()) : []
      end = this.known(this.rejections, user, group).begin()
    }
    const content = { GroupID: `wv:ann/${group}`, ...(isKick ? { AddList: list } : { RemoveList: list }) }
    await this.#act(
      client,
      `${isKick ? 'rejects' : 'forgives'} ${user} in ${group}`,
      'RejectList-Request',
      content,
      (reply) => {
        const isDone = reply?.name === 'RejectList-Response'
        for (const one of ends) one(isDone ? false : 'maybe')
        end(isDone ? isKick : 'maybe')
      },
      begin,
    )
  }

  async autoJoin(client: Client, group: GroupName, choice: number): Promise<void> {
    const wants = choice % 3 !== 0
    let end: (outcome: boolean | 'maybe' | 'as before') => void
    const begin = () => {
      end = this.known(this.autoJoins, client.user, group).begin()
    }
    const content = properties('OwnProperties', group, { AutoJoin: wants ? 'T' : 'F' })
    await this.#act(
      client,
      `wants ${wants ? '' : 'no '}AutoJoin in ${group}`,
      'SetGroupProps-Request',
      content,
      (reply) => {
        end(reply?.code === 200 ? wants : reply?.code === 808 ? 'as before' : 'maybe')
      },
      begin,
    )
  }

  async topic(client: Client, group: GroupName, choice: number): Promise<void> {
    const content = properties('GroupProperties', group, { Topic: `topic ${choice}` })
    await this.#act(client, `sets the topic of ${group}`, 'SetGroupProps-Request', content, () => {})
  }

  async rename(client: Client, group: GroupName, choice: number): Promise<void> {
    const ScreenName = choice % 3 === 0 ? 'star' : `${client.user} ${choice % 7}`
    const content = properties('OwnProperties', group, { ScreenName })
    await this.#act(client, `is ${ScreenName} in ${group}`, 'SetGroupProps-Request', content, () => {})
  }

  async notices(client: Client, group: GroupName, choice: number): Promise<void> {
    const content = { GroupID: `wv:ann/${group}`, SubscribeType: choice % 3 === 0 ? 'U' : 'S' }
    const isUnsure = (reply: LineReply | undefined) => content.SubscribeType === 'U' || failed(reply)
    await this.#act(client, `${content.SubscribeType} ${group}`, 'SubscribeGroupNotice-Request', content, (reply) => {
      if (isUnsure(reply)) client.mayMissNotices = true
    })
  }

  /** Who is joined, as the Admin sees it. */
  async look(client: Client, group: GroupName, isAlone: boolean): Promise<void> {
    const reply = await this.inband(client, (line) =>
      line.request('GetJoinedUsers-Request', { GroupID: `wv:ann/${group}` }),
    )
    this.note(`${name(client)} looks who is in ${group}`, reply)
    const list = reply?.primitive?.child('AdminMapList')
    if (!isAlone || !list) return
    const present = list.children.flatMap((one) =>
      one.all('Mapping').map((mapping) => mapping.textOf('UserID')!.slice(3)),
    )
    for (const user of users) {
      const all = this.clients.filter((one) => one.user === user).map((one) => one.in[group].value)
      if (all.includes(true)) expect(present, `${user} is joined`).toContain(user)
    }
  }

  async send(client: Client, group: GroupName): Promise<void> {
    const { session } = client
    if (session === undefined) return
    const text = `message ${this.#messages.length + 1}`
    const message: Message = {
      ...{ text, from: client, group, request: `m${++client.requests}`, session },
      ...{ sentAt: this.village.now(), sentIn: ++this.#step },
    }
    this.#messages.push(message)
    await this.#send(message)
  }

  async #send(message: Message): Promise<void> {
    const { from, text, group, request, session } = message
    if (from.session !== session) return
    const known = from.in[group]
    const before = known.value
    const isFirst = !message.isTried
    message.isTried = true
    const content = {
      DeliveryReport: false,
      MessageInfo: { Recipient: { Group: { GroupID: `wv:ann/${group}` } } },
      ContentData: text,
    }
    const reply = await this.inband(from, (line) => line.request('SendMessage-Request', content, request))
    this.note(`${name(from)} says ${text} in ${group}`, reply)
    if (failed(reply)) {
      const isSame = () => this.village.now() - message.sentAt < 280_000
      from.unanswered = async () => (isSame() ? this.#send(message) : undefined)
      return
    }
    if (reply!.code !== 200) {
      if (before === true && known.value === true && isFirst)
        expect(reply!.code, `${name(from)} is joined and cannot speak`).not.toBe(808)
      return
    }
    if (isFirst && known.value === false && before === false)
      throw new Error(`${name(from)} was not joined and has spoken`)
    const messageId = reply!.primitive!.textOf('MessageID')!
    if (message.messageId !== undefined) expect(messageId, 'another MessageID').toBe(message.messageId)
    message.messageId = messageId
    message.acceptedIn ??= ++this.#step
  }

  /** @param depth how many answers to acknowledgements are acknowledged in turn */
  async poll(client: Client, depth: number): Promise<void> {
    if (client.mustNegotiate && client.session !== undefined) {
      const told = this.joining(client)
      told(await this.negotiate(client))
    }
    const reply = await this.inband(client, (line) => line.poll())
    this.note(`${name(client)} polls`, reply)
    await this.#receive(client, reply, depth)
  }

  /** Acknowledges something of what has come earlier. */
  async acknowledge(client: Client, choice: number): Promise<void> {
    const [one] = client.waiting.splice(choice % Math.max(client.waiting.length, 1), 1)
    await one?.()
  }

  async #receive(client: Client, reply: LineReply | undefined, depth: number): Promise<void> {
    if (!reply || reply.transactionId === undefined || reply.primitive === undefined) return
    if (!['NewMessage', 'GroupChangeNotice', 'LeaveGroup-Response'].includes(reply.name)) return
    const came = hear(this.truth, client, reply, this.exact)
    const { session } = client
    const acknowledge = async () => {
      if (client.session !== session) return
      await this.#acknowledge(client, reply, came, depth)
    }
    if (client.name === 'phone' || this.isQuiet) return acknowledge()
    if (client.name === 'late') client.waiting.push(acknowledge)
  }

  async #acknowledge(client: Client, reply: LineReply, came: Came | undefined, depth: number): Promise<void> {
    const { transactionId, primitive } = reply
    const MessageID = primitive!.find('MessageInfo', 'MessageID')?.text
    const next = await this.inband(client, (line) =>
      MessageID === undefined
        ? line.request('Status', { Result: { Code: 200 } }, transactionId!, 'Response')
        : line.request('MessageDelivered', { MessageID }, transactionId!, 'Response'),
    )
    this.note(`${name(client)} acknowledges ${transactionId}`, next)
    if (came && came.acknowledged !== 'yes') came.acknowledged = failed(next) ? 'maybe' : 'yes'
    if (!next || failed(next) || next.name === 'nothing') return
    if (depth > 0) await this.#receive(client, next, depth - 1)
    // It is seen, and not acknowledged yet.
    else if (['NewMessage', 'GroupChangeNotice', 'LeaveGroup-Response'].includes(next.name))
      hear(this.truth, client, next, this.exact)
  }

  /** Nothing impossible has happened. */
  check(): void {
    this.truth.check(this.village.now())
  }

  /** The faults stop. Everybody goes on polling, in the sessions that there are, until nothing comes any more. */
  async settle(): Promise<void> {
    this.isQuiet = true
    this.pass(61)
    for (let run = 0; run < 3; run++) await this.sweep()
    for (let idle = 0, round = 0; idle < 4 && round < 90; round++) {
      let hasCome = false
      for (const client of this.clients) {
        while (client.waiting.length > 0) await this.acknowledge(client, 0)
        for (;;) {
          const seen = client.came.length
          await this.keepAlive(client)
          await this.poll(client, 100)
          while (client.waiting.length > 0) await this.acknowledge(client, 0)
          if (client.came.length === seen) break
          hasCome = true
        }
      }
      const said = this.truth.all().length
      this.pass(61)
      await this.sweep()
      // Sessions run out meanwhile, which others are told.
      idle = hasCome || this.truth.all().length > said ? 0 : idle + 1
      this.check()
    }
    await this.#checkDelivered()
    checkMessages(this.truth, this.#messages, this.#removals)
    this.pass(2 * 86_400)
    for (let run = 0; run < 3; run++) {
      await this.sweep()
      this.pass(100)
    }
    checkGarbage(this.table, this.truth, this.exact)
  }

  /** What had to come has come, to every session that is still there. */
  async #checkDelivered(): Promise<void> {
    for (const client of this.clients) {
      if (client.session === undefined) continue
      const reply = await this.inband(client, (line) => line.request('KeepAlive-Request'))
      if (reply?.code !== 200) continue
      const now = new Set(
        this.truth.joinedNow(this.village.now()).flatMap((one) => (one.session === client.session ? [one.room] : [])),
      )
      for (const group of groups) {
        const current = this.table.item({ pk: `group#ann/${group}`, sk: 'group' })
        const isIn = current !== undefined && !current.deleting && now.has(String(current.id))
        const promised = client.in[group].value
        if (promised !== 'maybe' && (promised || !client.mustNegotiate))
          expect(isIn, `${name(client)} is joined in ${group}`).toBe(promised)
        const told = await this.inband(client, (line) =>
          line.request('SubscribeGroupNotice-Request', { GroupID: `wv:ann/${group}`, SubscribeType: 'G' }),
        )
        expect(told?.name === 'SubscribeGroupNotice-Response', `${name(client)} in ${group}: ${told?.code}`).toBe(isIn)
      }
      if (client.mustNegotiate) continue
      // Two sessions of a user may come under one name: what tells of them looks alike.
      const came = client.came.map(({ said }) => alike(said))
      const due = this.truth.all().filter((said) => mustCome(this.truth, client, said))
      const missing = due.filter((said) => {
        const isSame = (one: string) => one === alike(said)
        return came.filter(isSame).length < due.map(alike).filter(isSame).length
      })
      expect(missing.map(tell), `did not come to ${name(client)}`).toEqual([])
    }
  }
}
