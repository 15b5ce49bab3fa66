import type { Encoding } from '../csp/codecs.ts'
import type { Element } from '../csp/element.ts'
import type { Version } from '../csp/versions.ts'
import { putOut } from '../groups/putOut.ts'
import { notification } from '../notifications/notice.ts'
import { authorisationRequest } from '../presence/authorisationRequest.ts'
import type { Session } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { Village } from '../village.ts'
import { systemMessage } from './systemMessage.ts'

export interface RenderContext {
  /** Of the message that fetches it: a session may be used in several versions. */
  readonly version: Version
  /** The encoding of that message. */
  readonly encoding: Encoding
  readonly session: Session
  readonly village: Village
}

/** One kind of server transaction: how the primitive is made from what was queued. */
export interface ServerTransaction {
  readonly kind: string
  /** R13: true when it belongs to the account and is sent again after a restore. */
  readonly survivesRestore: boolean
  /** R4: true when it carries content that a client must have said it takes. */
  pushesContent(version: Version): boolean
  /** Undefined when it has become void: then it is dropped. */
  render(data: QueueEntry['data'], context: RenderContext): Promise<Element | undefined>
  /** What follows when the client has acknowledged it, before it is forgotten. */
  acknowledged?(data: QueueEntry['data'], context: Pick<RenderContext, 'village' | 'session'>): Promise<void>
  /** What is done when a client has never acknowledged it. */
  givenUp?(data: QueueEntry['data'], context: RenderContext): Promise<void>
}

/** Every kind that can stand in a queue. */
export const serverTransactions: Readonly<Record<string, ServerTransaction>> = Object.fromEntries(
  [systemMessage, authorisationRequest, notification, putOut].map((one) => [one.kind, one]),
)
