import { expect } from 'vitest'
import type { AnsweredTransaction } from '../support/dialogueAnswer.ts'
import { find, type Replayed, textIn } from './replay.ts'
import { type Truth, userIn, valuesIn } from './truth.ts'

/** A message that our service has accepted, with all that its recipient has to be told of it. */
interface Accepted {
  readonly messageId: string
  readonly to: string
  readonly info: unknown
  readonly content: string
}

/** A message as a client was given it, each time that it was. */
export interface Arrival {
  readonly messageId: string
  /** The server's TransactionID. */
  readonly id: string
  readonly content: string
  /** The request whose answer brought it. */
  readonly by: string
}

/** The messages of a recording: what was sent and accepted, and what came of it to whom. */
export class Mail {
  readonly #accepted: Accepted[] = []
  readonly #arrivals = new Map<string, Arrival[]>()

  /** Takes note of a message that was accepted. @param at milliseconds since 1970 */
  accept({ user, request, content = '', answer }: Replayed, truth: Truth, at: number): void {
    const messageId = textIn(answer?.primitive, 'MessageID')!
    // An id of its own for each.
    expect(this.#accepted.map((one) => one.messageId)).not.toContain(messageId)
    const named = request.find('MessageInfo', 'Recipient')!
    const GroupID = named.find('Group', 'GroupID')?.text
    const [to, ...others] = named.all('User')
    expect(others).toEqual([])
    // To all who are joined, but the one who says it.
    const recipients = GroupID
      ? [...truth.joined(GroupID).keys()].filter((one) => one !== user)
      : [userIn(to!.textOf('UserID'))]
    const group = { GroupID }
    const own = { Group: { ScreenName: { SName: truth.joined(GroupID).get(user), GroupID } } }
    const accepted = recipients.map((recipient) => ({
      messageId,
      to: recipient,
      content,
      info: {
        MessageID: messageId,
        ContentType: request.find('MessageInfo', 'ContentType')!.text,
        // Counted: what the clients say of it is wrong.
        ContentSize: String(Buffer.byteLength(content)),
        Recipient: GroupID ? { Group: group } : { User: { UserID: truth.address(recipient) } },
        // One of the clients leaves out `wv:`.
        Sender: GroupID ? own : { User: { UserID: truth.address(user) } },
        // Neither client says when it was.
        DateTime: new Date(at).toISOString().replace(/[-:]|\.\d+/g, ''),
      },
    }))
    this.#accepted.push(...accepted)
  }

  /** What comes is what was sent, letter by letter, in that order; what comes again has the TransactionID that it had. */
  take({ user, primitive: by }: Replayed, { id, primitive }: AnsweredTransaction): void {
    const messageId = textIn(primitive, 'MessageInfo', 'MessageID')!
    const content = textIn(primitive, 'ContentData')!
    const before = this.arrivals(user)
    const known = before.find((one) => one.messageId === messageId)
    const message = known
      ? this.#accepted.find((one) => one.messageId === messageId)
      : this.#for(user)[this.contents(user).length]
    expect(message, `a message that ${user} has yet to be given`).toBeDefined()
    expect({ info: valuesIn(find(primitive, 'MessageInfo')), content }).toEqual({
      info: message!.info,
      content: message!.content,
    })
    expect(id).toBe(known ? known.id : id)
    this.#arrivals.set(user, [...before, { messageId, id, content, by }])
  }

  /** Every time that a message came to a user. */
  arrivals(user: string): readonly Arrival[] {
    return this.#arrivals.get(user) ?? []
  }

  /** What has come to a user, each message once, in the order in which they came. */
  contents(user: string): string[] {
    const byId = new Map(this.arrivals(user).map((one) => [one.messageId, one.content]))
    return [...byId.values()]
  }

  /** What was accepted for a user. */
  contentsFor(user: string): string[] {
    return this.#for(user).map(({ content }) => content)
  }

  #for(user: string): Accepted[] {
    return this.#accepted.filter(({ to }) => to === user)
  }
}
