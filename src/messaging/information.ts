import { restoreClientId } from '../csp/clientId.ts'
import type { Content, ContentTree } from '../csp/element.ts'
import { spokenAddress } from '../presence/addresses.ts'
import type { Session } from '../session/session.ts'
import type { Settings } from '../settings.ts'
import type { InboxMessage, InboxReport, MessageFacts, PrivateInGroup } from './message.ts'

/** The members of a MessageInfo that say nothing of who it is from and for. */
export const factsOf = ({ contentType, contentEncoding, contentSize, ...rest }: MessageFacts): ContentTree => ({
  MessageURI: rest.messageURI,
  ContentType: contentType,
  ContentEncoding: contentEncoding,
  ContentSize: contentSize,
  ContentName: rest.contentName,
  DateTime: rest.dateTime,
  Font: rest.font,
  Validity: rest.validity,
})

const user = (UserID: string, ClientID?: Content): ContentTree => ({ User: { UserID, ClientID } })

/** From one screen name to another: nobody learns a UserID by it. */
function inGroup({ id, address, from, to }: PrivateInGroup, { groups }: Session): ContentTree {
  const GroupID = groups?.[id]?.address ?? address
  const named = (SName: string): ContentTree => ({ Group: { ScreenName: { SName, GroupID } } })
  return { Recipient: named(to), Sender: named(from) }
}

/** The MessageInfo of a message as its recipient's session is told it. */
export const infoOf = (message: InboxMessage, session: Session, settings: Settings): ContentTree => ({
  MessageID: message.messageId,
  ...factsOf(message.facts),
  ...(message.group
    ? inGroup(message.group, session)
    : {
        Recipient: user(
          spokenAddress(session.user, session, settings),
          message.to && restoreClientId(message.to.clientId),
        ),
        Sender: user(spokenAddress(message.from.user, session, settings)),
      }),
})

/** The MessageInfo in a delivery report: that of the message, as its sender's session is told it. */
export const reportedInfo = (report: InboxReport, session: Session, settings: Settings): ContentTree => ({
  MessageID: report.messageId,
  ...factsOf(report.facts),
  ...(report.group
    ? inGroup(report.group, session)
    : {
        Recipient: user(spokenAddress(report.recipient, session, settings)),
        Sender: user(spokenAddress(session.user, session, settings)),
      }),
})
