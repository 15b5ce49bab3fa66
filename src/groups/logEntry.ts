import type { MessageFacts, StoredContent } from '../messaging/message.ts'
import type { Owner } from '../presence/subscription.ts'

/** Somebody in a group, as the others know him. */
export interface Participant extends Owner {
  readonly sessionId: string
  readonly screenName: string
  /** He lets others see the UserID behind the screen name. */
  readonly showID: boolean
}

interface Entry {
  /** Its place in the log: the order that is the same for all. */
  readonly number: number
  /** Written twice it is still one entry. Of a message its MessageID. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Who did it: that session is not told. */
  readonly by: Participant
}

/** Something that was said to all who are joined. */
export interface GroupMessage extends Entry {
  readonly kind: 'message'
  readonly facts: MessageFacts
  readonly content: StoredContent
  /** Milliseconds since 1970: afterwards it is not delivered any more. */
  readonly validUntil: number
}

/** Who came, who left, or got another screen name. */
export interface Movement extends Entry {
  readonly kind: 'joined' | 'left' | 'renamed'
  /** The screen name before. */
  readonly former?: string
  /** He was put out: 1.3 tells that. */
  readonly blocked?: boolean
  /** The session that has put him out, and knows. */
  readonly actor?: string
}

/** Properties of the group were changed, or those of one user by somebody else. */
export interface PropertiesChange extends Entry {
  readonly kind: 'changed'
  /** Name and value of each, as on the wire. */
  readonly group?: Readonly<Record<string, string>>
  readonly own?: Readonly<Record<string, string>>
  /** Whose own properties they are. */
  readonly of?: string
}

export type LogEntry = GroupMessage | Movement | PropertiesChange

/** Without the number, which it gets when it is written. */
export type Unnumbered<E extends LogEntry = LogEntry> = E extends LogEntry ? Omit<E, 'number'> : never
