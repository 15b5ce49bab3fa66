import type { ContentTree, Element } from '../../src/csp/element.ts'
import type { LineReply } from '../support/line.ts'
import type { Said } from './groupsTruth.ts'

export const users = ['ann', 'bob', 'carl'] as const
/** One acknowledges at once, one in no order, one never. */
export const clients = ['phone', 'late', 'mute'] as const
/** The second is removed with the last who leaves it. */
export const groups = ['room', 'den'] as const
export type GroupName = (typeof groups)[number]

/** What is known for certain of something that requests change; their answers may be lost. */
export class Known<Value> {
  value: Value | 'maybe'
  #requests = 0

  constructor(value: Value | 'maybe') {
    this.value = value
  }

  /** A request begins. @returns what its outcome is told to: nothing is certain when another came in between */
  begin(): (outcome: Value | 'maybe' | 'as before') => void {
    const number = ++this.#requests
    const before = this.value
    this.value = 'maybe'
    return (outcome) => {
      const isAlone = this.#requests === number
      this.#requests++
      this.value = !isAlone ? 'maybe' : outcome === 'as before' ? before : outcome
    }
  }
}

export interface Message {
  readonly text: string
  readonly from: Client
  readonly group: GroupName
  readonly request: string
  readonly session: string
  readonly sentAt: number
  readonly sentIn: number
  isTried?: boolean
  acceptedIn?: number
  messageId?: string
}

/** Something of a group that has come to a session. */
export interface Came {
  readonly said: Said
  readonly transactionId: string
  readonly what: string
  acknowledged: 'no' | 'maybe' | 'yes'
}

export interface Client {
  readonly user: string
  readonly name: string
  session?: string
  /** Until then it is certainly live, milliseconds since 1970. */
  liveUntil: number
  isLive: boolean
  /** It has to negotiate before anything is pushed. */
  mustNegotiate: boolean
  /** The session was restored, has said that it wants no notices, or nobody knows whether it does. */
  mayMissNotices: boolean
  in: Record<GroupName, Known<boolean>>
  came: Came[]
  /** Acknowledgements that wait. */
  waiting: (() => Promise<void>)[]
  unanswered?: () => Promise<void>
  requests: number
}

export const no = () => ({ room: new Known<boolean>(false), den: new Known<boolean>(false) })
export const failed = (reply: LineReply | undefined) =>
  reply === undefined || reply.code === 500 || reply.code === 503 || reply.code === 604

export const name = ({ user, name }: Client): string => `${user}/${name}`
export const tell = ({ kind, text, by, number, group }: Said): string =>
  `${kind} ${text ?? by.screenName} ${group ? JSON.stringify(group) : ''}(${number % 100_000})`
export const alike = ({ room, kind, text, by, former }: Said): string =>
  [room, kind, text, by.screenName, former].join(' ')
export const properties = (list: string, group: GroupName, values: Record<string, string>): ContentTree => ({
  GroupID: `wv:ann/${group}`,
  [list]: { Property: Object.entries(values).map(([Name, Value]) => ({ Name, Value })) },
})
/** What a GroupChangeNotice says, in short. */
export const noticed = (one: Element) => ({
  joined: one.child('Joined')?.find('UserMapList', 'UserMapping', 'Mapping', 'SName')?.text,
  left: one.child('Left')?.find('UserList', 'ScreenName', 'SName')?.text,
  other: one.child('GroupProperties') ? 'properties' : undefined,
})
