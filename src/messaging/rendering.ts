import { dateTime } from '../csp/dateTime.ts'
import { type ContentTree, type Element, element } from '../csp/element.ts'
import { statusDescriptions } from '../csp/statusCodes.ts'
import type { RenderContext } from '../delivery/serverTransactions.ts'
import { sizeInXml } from '../delivery/size.ts'
import { parserSizeOf } from '../session/session.ts'
import type { Village } from '../village.ts'
import { type DeliveryUse, methodFor } from './acceptance.ts'
import { infoOf, reportedInfo } from './information.ts'
import type { InboxMessage, InboxReport } from './message.ts'

/** What stands in an inbox as a server transaction. */
export interface RenderedEntry {
  readonly primitive: Element
  /** A MessageNotification: the client has yet to fetch the message. */
  readonly notifies?: boolean
}

/**
 * NewMessage, MessageNotification or DeliveryReport-Request, whichever the client takes. What does not fit into the
 * message that the client can parse becomes a notification as well.
 */
export async function renderEntry(entry: InboxMessage | InboxReport, context: RenderContext): Promise<RenderedEntry> {
  const { village, session } = context
  if (entry.kind === 'report') {
    const primitive = element('DeliveryReport-Request', {
      Result: { Code: entry.code, Description: statusDescriptions[entry.code] },
      DeliveryTime: entry.code === 200 ? dateTime(entry.at) : undefined,
      MessageInfo: reportedInfo(entry, session, village.settings),
    })
    return { primitive }
  }
  return renderMessage(infoOf(entry, session, village.settings), entry, session, context)
}

/**
 * NewMessage or MessageNotification.
 *
 * @param use how the client takes such messages
 */
export async function renderMessage(
  MessageInfo: ContentTree,
  message: Pick<InboxMessage, 'facts' | 'content'>,
  use: DeliveryUse,
  context: RenderContext,
): Promise<RenderedEntry> {
  const { village, session } = context
  if (methodFor(use, message.facts, village.settings) === 'P') {
    const ContentData = (await readContent(village, message)) || undefined
    const primitive = element('NewMessage', { MessageInfo, ContentData })
    const parserSize = parserSizeOf(session)
    if (parserSize === undefined || sizeInXml(primitive, context) <= parserSize) return { primitive }
  }
  return { primitive: element('MessageNotification', { MessageInfo }), notifies: true }
}

/** The content of a message, exactly as it was sent. */
export async function readContent(village: Village, { content }: Pick<InboxMessage, 'content'>): Promise<string> {
  return 'text' in content ? content.text : village.store.sent.content(content.parts)
}
