import { expect } from 'vitest'
import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { resendAfter, triesMax } from '../../src/delivery/resending.ts'
import { endSession } from '../../src/session/ending.ts'
import { phase, type Session } from '../../src/session/session.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { idOfSession } from '../../src/store/keys.ts'
import { createFaults, type FaultRates, type Faults } from '../support/faultTable.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import { Phone, type Reply } from '../support/phone.ts'
import { createChooser } from '../support/random.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'
import { type Believed, SessionModel } from './sessionModel.ts'

export const users = ['ann', 'bob'] as const
export const clients = ['phone', 'pda', 'pc'] as const
export const keepAliveTimes = [30, 100, 600, 7200] as const

/** A message that was accepted for a session, and what became of it. */
interface Told {
  readonly session: string
  readonly text: string
  readonly transactionId: number
  deliveries: number
  acknowledged: 'yes' | 'no' | 'maybe'
}

/**
 * Two users with three clients each, the service over a table with faults, and the reference model beside it. Every act
 * is done to both, and the answer is held against what the model allows.
 */
export class World {
  readonly table: MemoryTable = createMemoryTable()
  readonly village: TestVillage
  readonly model = new SessionModel()
  readonly told: Told[] = []
  readonly history: string[] = []
  readonly #faults: Faults
  #messages = 0

  private constructor(seed: number, rates: FaultRates) {
    this.village = createTestVillage({ table: this.table, seed: String(seed) })
    this.#faults = createFaults({ table: this.table, now: this.village.now, choose: createChooser(seed), rates })
  }

  static async create(seed: number, rates: FaultRates): Promise<World> {
    const world = new World(seed, rates)
    for (const user of users) await addCheapAccount(world.village, user, 'pw')
    return world
  }

  get now(): number {
    return this.village.now()
  }

  /** A session that was seen, by a number; undefined while there is none. */
  session(number: number): Believed | undefined {
    const all = [...this.model.sessions.values()]
    return all[number % Math.max(all.length, 1)]
  }

  pass(milliseconds: number): void {
    this.village.clock.advance(milliseconds)
    this.#note(`${milliseconds / 1000} s pass`)
  }

  async login(user: string, client: string, timeToLive: number): Promise<void> {
    const { reply, faulty } = await this.#ask(user, client, (phone) => phone.login({ timeToLive }))
    this.#note(`${user}/${client} logs in for ${timeToLive} s`, reply, faulty)
    const id = reply.primitive?.textOf('SessionID')
    if (reply.code === 200 && id !== undefined)
      return this.model.created(id, user, client, timeToLive, this.now, !faulty)
    this.#allowOnly(reply, faulty, [])
    this.model.maybeReplaced(user, client, undefined, this.now)
  }

  async restore(session: Believed, client: string, timeToLive: number | undefined, byDigest: boolean): Promise<void> {
    const options = { sessionId: session.id, timeToLive }
    const { reply, faulty } = await this.#ask(session.user, client, (phone) =>
      byDigest ? phone.loginByDigest(options) : phone.login(options),
    )
    this.#note(`${session.user}/${client} restores ${session.id} for ${timeToLive} s`, reply, faulty)
    const must = this.model.mustBeResumable(session, this.now)
    if (reply.code === 200) {
      expect(must, 'a session past its window came back').not.toBe(false)
      expect(reply.primitive!.textOf('SessionID')).toBe(session.id)
      this.#restored(session, client, timeToLive, reply, faulty)
      return
    }
    // R5b: a lost answer may have spent the nonce.
    this.#allowOnly(reply, faulty, must === true ? [] : [604], faulty ? [401] : [])
    if (reply.code === 604) return
    this.#maybeRestored(session, client, timeToLive)
  }

  #restored(session: Believed, client: string, timeToLive: number | undefined, reply: Reply, faulty: boolean): void {
    const granted = Number(reply.primitive!.textOf('KeepAliveTime'))
    if (timeToLive !== undefined) expect(granted).toBe(timeToLive)
    else
      expect(
        granted >= session.keepAlive.min && granted <= session.keepAlive.max,
        'the last agreed Keep-Alive-Time stays',
      ).toBe(true)
    const asked = reply.primitive!.textOf('CapabilityRequest') === 'T'
    if (session.client !== undefined && session.negotiated !== undefined) {
      expect(asked, 'R4: negotiation is forced for another client, or when there was none').toBe(
        session.client !== client || !session.negotiated,
      )
    }
    this.model.restored(session, client, { min: granted, max: granted }, asked, this.now, !faulty)
  }

  #maybeRestored(session: Believed, client: string, timeToLive: number | undefined): void {
    const granted = timeToLive === undefined ? session.keepAlive : { min: timeToLive, max: timeToLive }
    this.model.maybeReplaced(session.user, client, session.id, this.now)
    this.model.maybeServed(session, this.now, granted)
    if (session.alive === 'no') session.alive = 'maybe'
    session.unclaimed = true
    if (session.client !== client) {
      session.client = undefined
      session.negotiated = undefined
    }
  }

  /** Somebody who does not know the password, or whose session it is not. Never succeeds, never changes anything. */
  async intrude(session: Believed, how: number): Promise<void> {
    const other = users.find((user) => user !== session.user)!
    const attempts = [
      () => this.#ask(other, 'phone', (phone) => phone.login({ sessionId: session.id })),
      () => this.#ask(other, 'pc', (phone) => phone.loginByDigest({ sessionId: session.id })),
      () =>
        this.#ask(session.user, 'phone', (phone) =>
          phone.login({ sessionId: `${session.id.slice(0, -1)}${session.id.endsWith('A') ? 'B' : 'A'}` }),
        ),
    ]
    const { reply, faulty } = await attempts[how % attempts.length]!()
    this.#note(`somebody tries ${session.id}`, reply, faulty)
    this.#allowOnly(reply, faulty, [604], faulty ? [401] : [])
  }

  async keepAlive(session: Believed, timeToLive: number | undefined): Promise<void> {
    const { reply, faulty } = await this.#inband(session, (phone) =>
      phone.request('KeepAlive-Request', { TimeToLive: timeToLive }),
    )
    this.#note(`KeepAlive of ${session.id} for ${timeToLive} s`, reply, faulty)
    const granted = timeToLive === undefined ? session.keepAlive : { min: timeToLive, max: timeToLive }
    if (this.#over(session, reply, faulty)) return
    if (reply.name === 'KeepAlive-Response') this.model.served(session, this.now, true, granted)
    else this.model.maybeServed(session, this.now, granted)
  }

  async negotiate(session: Believed): Promise<void> {
    const capabilities = { CapabilityList: { ClientType: 'MOBILE_PHONE', ServerPollMin: 1 } }
    const { reply, faulty } = await this.#inband(session, (phone) =>
      phone.request('ClientCapability-Request', capabilities),
    )
    this.#note(`${session.id} negotiates`, reply, faulty)
    if (this.#over(session, reply, faulty)) return
    if (reply.name === 'ClientCapability-Response') {
      this.model.served(session, this.now, true)
      session.negotiated = true
    } else {
      this.model.maybeServed(session, this.now)
      if (!session.negotiated) session.negotiated = undefined
    }
  }

  async poll(session: Believed, acknowledges: boolean): Promise<void> {
    const { reply, faulty } = await this.#inband(session, (phone) => phone.poll())
    this.#note(`${session.id} polls`, reply, faulty)
    // An eventual read may say "nothing waiting, still live" for a moment longer, and nothing else.
    if (reply.name === 'nothing' && session.alive === 'no') return
    if (reply.name === 'nothing' && session.alive === 'maybe') return this.model.maybeServed(session, this.now)
    if (this.#over(session, reply, faulty)) return
    if (reply.code === 500) return this.model.maybeServed(session, this.now)
    this.model.served(session, this.now, !faulty)
    const told = this.#delivered(session, reply)
    if (told && acknowledges) await this.#acknowledge(session, told)
  }

  #delivered(session: Believed, reply: Reply): Told | undefined {
    if (reply.name === 'nothing') return undefined
    const text = reply.primitive!.textOf('ContentData')
    const told = this.told.find((one) => one.text === text)
    expect(told?.session, 'a message reached another session').toBe(session.id)
    expect(reply.transactionId, 'a message came again under another TransactionID').toBe(String(told!.transactionId))
    expect(told!.acknowledged, 'an acknowledged message came again').not.toBe('yes')
    told!.deliveries++
    return told
  }

  async #acknowledge(session: Believed, told: Told): Promise<void> {
    const { reply, faulty } = await this.#inband(session, (phone) => phone.acknowledge(String(told.transactionId)))
    this.#note(`${session.id} acknowledges ${told.text}`, reply, faulty)
    if (told.acknowledged === 'no') told.acknowledged = reply.code === 500 || faulty ? 'maybe' : 'yes'
    if (this.#over(session, reply, faulty) || reply.code === 500) return
    this.#delivered(session, reply)
  }

  async logout(session: Believed): Promise<void> {
    const { reply, faulty } = await this.#inband(session, (phone) => phone.request('Logout-Request'))
    this.#note(`${session.id} logs out`, reply, faulty)
    if (this.#over(session, reply, faulty)) return
    // A request that failed was a request all the same: it may have kept the session alive (S1).
    if (reply.code !== 200) this.model.maybeServed(session, this.now)
    this.model.ended(session, this.now, reply.code === 200)
  }

  async disconnect(session: Believed): Promise<void> {
    const found = await this.village.store.sessions.read(session.id)
    if (found) await endSession(this.village, found.session, 'disconnect')
    this.#note(`the operator disconnects ${session.id}`)
    this.model.ended(session, this.now, true)
  }

  async tell(session: Believed): Promise<void> {
    const found = await this.village.store.sessions.read(session.id)
    const text = `message ${++this.#messages}`
    const id =
      found && phase(this.now, found.session) === 'live'
        ? await openServerTransaction(this.village, found.session, 'SystemMessage', { id: text, text, at: this.now })
        : undefined
    this.#note(`the operator tells ${session.id} ${text}: ${id}`)
    if (id === undefined) return
    const clash = this.told.find(
      (one) => one.session === session.id && one.transactionId === id && one.acknowledged === 'no',
    )
    expect(clash, 'a TransactionID was given twice').toBeUndefined()
    this.told.push({ session: session.id, text, transactionId: id, deliveries: 0, acknowledged: 'no' })
  }

  async sweep(): Promise<void> {
    const faulty = this.#faults.invocation()
    const village = this.village.with({ table: faulty })
    await sweep(village, this.now + 1000).catch(() => undefined)
    this.#note('the sweeper runs')
  }

  /** The faults stop, the sweeper comes by, and everything has to be in order. */
  async settle(): Promise<void> {
    this.village.clock.advance(60_000)
    for (let run = 0; run < 3; run++) await sweep(this.village, this.now + 1000)
    const sessions = this.#stored()
    for (const session of sessions) {
      expect(session.state, 'an ending was not finished').not.toBe('ending')
      if (session.state === 'live')
        expect(this.now, 'the sweeper has passed over a session').toBeLessThan(session.liveUntil)
    }
    const live = sessions
      .filter((session) => phase(this.now, session) === 'live')
      .map(({ user, client }) => `${user}/${client}`)
    expect(live, 'one live session per user and ClientID (R16)').toEqual([...new Set(live)])
    for (const session of this.model.sessions.values()) await this.#drain(session)
  }

  #stored(): Session[] {
    return this.table
      .items()
      .filter(({ sk }) => sk === 'hot')
      .map((item) => ({ ...(item as unknown as Session), id: idOfSession(item.pk) }))
  }

  /** Nothing that was accepted is lost: what was neither acknowledged nor tried often enough still comes. */
  async #drain(session: Believed): Promise<void> {
    const stored = (await this.village.store.sessions.read(session.id))?.session
    if (!stored || phase(this.now, stored) !== 'live') return
    if (stored.capabilityPending) return
    const phone = new Phone(this.village)
    phone.sessionId = session.id
    const due = this.told.filter(
      (told) => told.session === session.id && told.acknowledged === 'no' && told.deliveries < triesMax,
    )
    const seen = new Set<string>()
    let reply = await phone.poll()
    for (let round = 0; round < 100 && (reply.name !== 'nothing' || seen.size < due.length); round++) {
      if (reply.name === 'nothing') {
        if (
          phase(
            this.now + resendAfter(stored, triesMax),
            (await this.village.store.sessions.read(session.id))!.session,
          ) !== 'live'
        )
          return
        this.village.clock.advance(resendAfter(stored, triesMax))
        reply = await phone.poll()
        if (reply.name === 'nothing') break
      }
      if (reply.name !== 'NewMessage') return
      seen.add(this.#delivered(session, reply)!.text)
      reply = await phone.acknowledge(reply.transactionId!)
    }
    const lost = due.filter((told) => !seen.has(told.text) && told.deliveries < triesMax)
    expect(lost, 'a message was lost').toEqual([])
  }

  /** A 604 or a Disconnect: right when the session may be over. */
  #over(session: Believed, reply: Reply, faulty: boolean): boolean {
    const must = this.model.mustBeLive(session, this.now)
    if (reply.code === 604 || reply.code === 601) {
      expect(must, 'a live session was refused').not.toBe(true)
      if (session.alive === 'yes' && this.now >= session.deadline.min) return true
      session.alive = 'no'
      return true
    }
    if (reply.code === 500 || reply.code === 503) {
      expect(faulty, `${reply.code} without a fault`).toBe(true)
      return false
    }
    expect(must, 'a session that is over was served').not.toBe(false)
    return false
  }

  #allowOnly(reply: Reply, faulty: boolean, codes: readonly number[], more: readonly number[] = []): void {
    const allowed = [...codes, ...more, ...(faulty ? [500, 503] : [])]
    expect(allowed, `the answer was ${reply.code}`).toContain(reply.code)
  }

  #inband(session: Believed, act: (phone: Phone) => Promise<Reply>) {
    return this.#ask(session.user, session.client ?? 'phone', (phone) => {
      phone.sessionId = session.id
      return act(phone)
    })
  }

  async #ask(
    user: string,
    client: string,
    act: (phone: Phone) => Promise<Reply>,
  ): Promise<{ reply: Reply; faulty: boolean }> {
    const table = this.#faults.invocation()
    const before = this.#faults.injected
    const phone = new Phone(this.village.with({ table }), { user, client })
    const reply = await act(phone)
    return { reply, faulty: this.#faults.injected > before }
  }

  #note(act: string, reply?: Reply, faulty?: boolean): void {
    this.history.push(`${act}${reply ? ` → ${reply.name} ${reply.code ?? ''}` : ''}${faulty ? ' (faults)' : ''}`)
  }
}
