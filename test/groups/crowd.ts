import { sweep } from '../../src/session/sweeper.ts'
import type { Item, Table } from '../../src/store/table.ts'
import { hotItem, over, type Stage, stage } from '../messaging/stage.ts'
import { type Call, createFaults, type FaultKind, type Faults } from '../support/faultTable.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { create, fetch, GroupID, join } from './stage.ts'

// A group with many in it, made once and copied for each thing that happens to it.

export interface Crowd extends Stage {
  /** All who are joined; the first is ann, who made the group. */
  readonly all: readonly Phone[]
  /** When the copy was made: each begins then. */
  readonly since: number
}

/** A group of so many, each in a session of his own: ann's, and w1, w2 … */
export async function crowd(count: number, values: Readonly<Record<string, string>> = {}): Promise<Crowd> {
  const users = ['ann', ...Array.from({ length: count - 1 }, (_, number) => `w${number + 1}`)]
  const at = await stage(users)
  const all: Phone[] = []
  for (const user of users) {
    const phone = new Phone(at.village, { user, client: `client of ${user}` })
    await phone.login({ timeToLive: 7200 })
    const reply = await (user === 'ann' ? create(phone, values) : join(phone))
    if (reply.code !== undefined && reply.code !== 200) throw new Error(`${user} cannot join: ${reply.code}`)
    all.push(phone)
  }
  return { ...at, all, since: at.village.now() }
}

/** The same group at the same moment, in a table of its own: what happens to it happens to no other copy. */
export async function copyOf({ table: original, village: before, all, since }: Crowd): Promise<Crowd> {
  const table = createMemoryTable()
  for (const item of original.items()) await table.put(item)
  before.clock.set(since)
  const at = { table, village: before.with({ table }) }
  return { ...at, since, all: all.map((phone) => over(phone, at, table)) }
}

type Plan = (call: Call) => FaultKind | undefined

/** The client of a call that meets a fault, and how far it got. */
export function dying(
  at: Stage,
  phone: Phone,
  plan: Plan,
): { phone: Phone; invocation: ReturnType<Faults['invocation']> } {
  const invocation = createFaults({ table: at.table, now: at.village.now, plan }).invocation()
  return { phone: over(phone, at, invocation), invocation }
}

/** That fault at the n-th call. */
export const atCall =
  (nth: number, fault: FaultKind): Plan =>
  ({ number }) =>
    number === nth ? fault : undefined

/** One run of the sweeper after everything that dead calls have left is due. */
export async function sweepOnce(at: Stage, table: Table = at.table): Promise<void> {
  at.village.clock.advance(61_000)
  await sweep(at.village.with({ table }), at.village.now() + 40_000)
}

/** The entries of the group's log, in order. */
export const logOf = ({ table }: Stage): Item[] => table.items().filter(({ sk }) => sk.startsWith('log#'))

const sayer = ({ by }: Item) => (by as { sessionId: string }).sessionId
const saidIn = (log: readonly Item[]): Item[] => log.filter(({ kind }) => kind === 'message')
export const textIn = ({ content }: Item): string => (content as { text: string }).text

/** What each has to hear of a log, or a part of it: what the others have said, in its order. */
export const toBeHeard = ({ all }: Crowd, log: readonly Item[]): string[][] =>
  all.map(({ sessionId }) =>
    saidIn(log)
      .filter((one) => sayer(one) !== sessionId)
      .map(textIn),
  )

export const jobsOf = ({ table }: Stage): Item[] => table.items().filter(({ sk }) => sk.startsWith('job#'))

/** How many have not been told that something is said up to the last number of the log, but for whoever said it. */
export function bellsMissing(at: Crowd): number {
  const last = logOf(at).at(-1)!
  const bells = at.all
    .filter(({ sessionId }) => sessionId !== sayer(last))
    .map((phone) => Object.values(hotItem(at, phone).groups as Record<string, { bell?: number }>)[0]?.bell ?? 0)
  return bells.filter((bell) => bell < Number(last.sk.slice('log#'.length))).length
}

/** What all get, each as often as something comes. @param looks whether they make a request that is stored before */
export async function heardByAll({ all }: Crowd, looks = false): Promise<string[][]> {
  const heard: string[][] = []
  for (const phone of all) {
    if (looks) await phone.request('KeepAlive-Request')
    heard.push(await fetch(phone))
  }
  return heard
}

/** Says something under a TransactionID, so that the request can be repeated. */
export const sayAs = (phone: Phone, text: string, id: string) =>
  phone.request(
    'SendMessage-Request',
    { DeliveryReport: false, MessageInfo: { Recipient: { Group: { GroupID } } }, ContentData: text },
    { id },
  )
