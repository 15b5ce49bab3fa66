import { expect } from 'vitest'
import type { MemoryTable, Write } from '../support/memoryTable.ts'
import type { GroupName } from './groupsKnown.ts'

/** An entry of a group's log, as it was written. */
export interface Said {
  readonly room: string
  readonly number: number
  readonly kind: 'message' | 'joined' | 'left' | 'renamed' | 'changed'
  readonly id: string
  readonly by: { readonly sessionId: string; readonly user: string; readonly screenName: string }
  readonly former?: string
  /** The session that has put him out. */
  readonly actor?: string
  readonly text?: string
  readonly group?: Readonly<Record<string, string>>
}

/** A session in a group, from its coming to its going. */
export interface Stay {
  readonly room: string
  readonly session: string
  readonly id: string
  /** The last number before it came. */
  readonly after: number
  /** The number under which the log says that it came, and left. */
  from?: number
  to?: number
  /** The last number before it stood there no more: a call that was to let it leave may have died in between. */
  end?: number
  /** It left because its session ended: what was said before comes again (R13). */
  ended?: boolean
  /** From here on it is told who comes and goes. */
  noticesFrom?: number
  isGone?: boolean
  /** The log says that it left. */
  hasLeft?: boolean
}

/**
 * What really happens in the groups, seen behind all faults: the logs, and who stands in which group from which number to
 * which. What sessions are told is held against it; and it against what the model knows that clients were promised.
 */
export class GroupsTruth {
  readonly said = new Map<string, Said[]>()
  readonly stays: Stay[] = []
  readonly goneRooms = new Set<string>()
  /** What must never be: told at the next look. */
  readonly wrong: string[] = []

  readonly #table: MemoryTable
  /** The incarnations of groups. */
  readonly #rooms = new Map<string, GroupName>()

  constructor(table: MemoryTable) {
    this.#table = table
    table.observe((operation) => {
      if ('key' in operation && operation.call !== 'get' && !(operation as Write).conditionFailed)
        this.#note(operation as Write)
    })
  }

  last(room: string): number {
    return this.said.get(room)?.at(-1)?.number ?? 0
  }

  all(): Said[] {
    return [...this.said.values()].flat()
  }

  staysOf(session: string, room?: string): Stay[] {
    return this.stays.filter((one) => one.session === session && (room === undefined || one.room === room))
  }

  /** The stay in which a session was when something was said; perhaps it had just come or was about to go. */
  stayAt(session: string, { room, number }: Said): Stay | undefined {
    return this.staysOf(session, room).find(
      ({ after, end = Number.POSITIVE_INFINITY }) => number > after && number <= end,
    )
  }

  /** What the log says of the coming and going of a session. */
  movementsOf(session: string, group?: GroupName): Said[] {
    const rooms = group && this.roomsOf(group)
    const isMovement = ({ kind }: Said) => kind === 'joined' || kind === 'left'
    return this.all().filter((one) => one.by.sessionId === session && isMovement(one) && (rooms?.has(one.room) ?? true))
  }

  /** The incarnations of a group. */
  roomsOf(group: GroupName): Set<string> {
    this.#noteRooms()
    return new Set([...this.#rooms].flatMap(([id, name]) => (name === group ? [id] : [])))
  }

  /** Two users who are joined have different screen names, at any time; nothing impossible has happened. */
  check(now: number): void {
    if (this.wrong.length > 0) throw new Error(this.wrong.join('; '))
    this.#noteRooms()
    const byName = new Map<string, string>()
    for (const { room, item } of this.joinedNow(now)) {
      const key = `${room} ${String(item.screenName).toLowerCase()}`
      const other = byName.get(key)
      if (other !== undefined) expect(item.user, `two users are ${item.screenName}`).toBe(other)
      byName.set(key, String(item.user))
    }
  }

  /** Sessions that are joined, as the service judges it. */
  joinedNow(now: number) {
    return this.#table.items().flatMap((item) => {
      if (!item.pk.startsWith('room#') || !item.sk.startsWith('joined#') || item.leaving) return []
      const session = item.sk.slice('joined#'.length)
      const hot = this.#table.item({ pk: `session#${session}`, sk: 'hot' })
      const room = item.pk.slice('room#'.length)
      const place = (hot?.groups as Record<string, { id: string }> | undefined)?.[room]
      const isLive = hot?.state === 'live' && Number(hot.liveUntil) > now && place?.id === item.id
      return isLive ? [{ room, session, item }] : []
    })
  }

  #noteRooms(): void {
    for (const item of this.#table.items())
      if (item.sk === 'group') this.#rooms.set(String(item.id), item.pk.slice('group#ann/'.length) as GroupName)
  }

  #note({ call, key: { pk, sk }, before, after }: Write): void {
    if (!pk.startsWith('room#')) return
    const room = pk.slice('room#'.length)
    if (sk.startsWith('joined#')) this.#standing(room, sk.slice('joined#'.length), call, before, after)
    else if (sk.startsWith('log#') && call === 'put') this.#entry(room, Number(sk.slice('log#'.length)), after as never)
    else if (sk.startsWith('log#') && call === 'delete') this.goneRooms.add(room)
  }

  #standing(room: string, session: string, call: string, before: Write['before'], after: Write['after']): void {
    const id = String((after ?? before)?.id)
    let stay = this.staysOf(session, room).find((one) => one.id === id)
    if (call === 'put' && !stay) {
      for (const earlier of this.staysOf(session, room).filter(({ isGone }) => !isGone)) this.#end(earlier)
      stay = { room, session, id, after: Number(after!.after) }
      this.stays.push(stay)
    }
    if (!stay) return
    if (!after) {
      this.#end(stay)
      return
    }
    if (after.notices !== true) delete stay.noticesFrom
    else stay.noticesFrom ??= this.last(room)
    const leaving = after.leaving as { ended?: boolean } | undefined
    if (leaving) stay.ended = leaving.ended === true
  }

  #end(stay: Stay): void {
    stay.isGone = true
    stay.end ??= this.last(stay.room)
    stay.to ??= stay.end
  }

  #entry(room: string, number: number, item: Said & { readonly content?: { readonly text?: string } }): void {
    const log = this.said.get(room) ?? []
    this.said.set(room, log)
    if (log.some((one) => one.number === number)) return
    const { kind, id, by, former, actor, group, content } = item
    if (log.some((one) => one.id === id)) this.wrong.push(`${kind} ${id} stands twice in the log`)
    if (number <= this.last(room)) this.wrong.push(`number ${number} comes after ${this.last(room)}`)
    log.push({
      ...{ room, number, kind, id, by },
      ...(former !== undefined && { former }),
      ...(actor !== undefined && { actor }),
      ...(content?.text !== undefined && { text: content.text }),
      ...(group && { group }),
    })
    const stays = this.staysOf(by.sessionId, room)
    if (kind === 'joined') {
      const stay = stays.find((one) => one.id === id)
      if (stay) stay.from = number
      else this.wrong.push(`${by.screenName} is said to have joined and has not`)
    }
    if (kind === 'left') {
      const stay = stays.findLast(({ from }) => from !== undefined)
      if (!stay || stay.hasLeft) this.wrong.push(`${by.screenName} is said to have left and was not there`)
      else Object.assign(stay, { to: number, hasLeft: true } satisfies Partial<Stay>)
    }
  }
}
