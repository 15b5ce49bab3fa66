import { withScheme } from '../../csp/address.ts'
import { CspError } from '../../csp/cspError.ts'
import { type ContentTree, type Element, element } from '../../csp/element.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { wholeNumber } from '../../csp/wholeNumber.ts'
import { sizeInXml } from '../../delivery/size.ts'
import { requireGroup } from '../../groups/finding.ts'
import { latestMessages } from '../../groups/messages.ts'
import { requireJoined } from '../../groups/privileges.ts'
import { groupMessageInfo } from '../../groups/rendering.ts'
import { messagesFor } from '../../messaging/inbox.ts'
import { infoOf } from '../../messaging/information.ts'
import { parserSizeOf } from '../../session/session.ts'
import { type LiveContext, transaction } from '../transaction.ts'

/** Messages that one answer lists, when the client does not say how many it wants. */
const listedMax = 100

/**
 * GetMessageList-Request → GetMessageList-Response: the messages that were not delivered yet, oldest first, as many as
 * the client wants and can parse; or what was said in a group (821 when it keeps no history, 808 when the session is not
 * joined), the latest of it.
 */
export const getMessageList = transaction({
  request: 'GetMessageList-Request',
  service: 'GETLM',
  session: 'live',

  async handle(context) {
    const { village, request, version, live } = context
    const most = Math.min(wholeNumber(request, 'MessageCount') ?? listedMax, village.settings.messagesStoredMax)
    const group = request.textOf('GroupID')
    if (group !== undefined) return { primitive: await historyOf(context, group, most) }
    const { session } = live
    // Only 1.3 tells how many there are in all.
    const messages = await messagesFor(village, session, isAtLeast(version, '1.3') ? undefined : most)
    const infos = messages.slice(0, most).map((message) => infoOf(message, session, village.settings))
    return { primitive: fitting(context, infos, messages.length) }
  },
})

async function historyOf(context: LiveContext, text: string, most: number): Promise<Element> {
  const { village, live } = context
  const group = await requireGroup(village, text)
  await live.readStrongly()
  await requireJoined(village, group, live.session)
  if (!group.history) throw new CspError(821)
  const said = await latestMessages(village, group, Math.min(most, historyMax))
  return fitting(
    context,
    said.map((message) => groupMessageInfo(message, withScheme(text))),
    said.length,
  )
}

/** Messages of a group that one answer lists. */
const historyMax = 100

/** As many of the oldest as the client can parse in one message: what it deletes or fetches makes room for the rest. */
function fitting({ version, live: { session } }: LiveContext, infos: readonly ContentTree[], total: number): Element {
  const parserSize = parserSizeOf(session)
  const write = (part: readonly ContentTree[]) =>
    element(
      'GetMessageList-Response',
      isAtLeast(version, '1.3')
        ? { MessageInfoList: { MessageInfo: part }, MessageTotalCount: total }
        : { MessageInfo: part },
    )
  const sizeOf = (part: readonly ContentTree[]) => sizeInXml(write(part), { session, version })
  if (parserSize === undefined || sizeOf(infos) <= parserSize) return write(infos)
  let room = parserSize - sizeOf([])
  const end = infos.findIndex((info) => {
    room -= sizeOf([info]) - sizeOf([])
    return room < 0
  })
  return write(infos.slice(0, end < 0 ? undefined : end))
}
