import { type Element, element } from '../../src/csp/element.ts'
import type { Message, SessionMessage, TransactionMode } from '../../src/csp/message.ts'
import { decodeXml } from '../../src/csp/xml/decode.ts'
import { encodeXml } from '../../src/csp/xml/encode.ts'
import { fixtures } from './fixtures.ts'

/** A message of 1.2 by which codecs are compared. */
export interface CodecMessage {
  readonly name: string
  readonly message: Message
}

const fixture = (name: string): Message => decodeXml(fixtures.find((one) => one.name === `1.2/${name}`)!.xml)

const inSession = (mode: TransactionMode, primitive: Element) =>
  ({
    kind: 'session',
    version: '1.2',
    session: { type: 'Inband', id: 'Session-0000000000000001' },
    transactions: [{ mode, id: '7', primitive }],
  }) satisfies SessionMessage

/** What people write: some of it XML has to escape, and some has more than one byte. */
const talk = 'Grüße aus Zürich & <Bern>: wir kommen um 8 – bringst du Käse mit? 😀 See you at Bob\'s place, "as ever". '

/** A SendMessage-Request with so many characters of text. */
const textMessage = (length: number): SessionMessage => {
  const ContentData = Array.from(talk.repeat(Math.ceil(length / 100))).slice(0, length)
  const MessageInfo = {
    ContentType: 'text/plain',
    ContentSize: length,
    Recipient: { User: { UserID: 'wv:bob' } },
    Sender: { User: { UserID: 'wv:ann' } },
    DateTime: '20260101T120000Z',
    Validity: 3600,
  }
  return inSession(
    'Request',
    element('SendMessage-Request', { DeliveryReport: true, MessageInfo, ContentData: ContentData.join('') }),
  )
}

const bytesInXml = (message: Message) => encodeXml(message).length

/** A message of text that has 2048 bytes in XML, or as many fewer as one character has. */
export const twoKilobytes: SessionMessage = (() => {
  let length = 1
  while (bytesInXml(textMessage(length + 1)) <= 2048) length++
  return textMessage(length)
})()

const contacts = (many: number) => {
  const NickName = Array.from({ length: many }, (_, index) => ({ Name: `Friend ${index}`, UserID: `wv:user${index}` }))
  const Property = [
    { Name: 'DisplayName', Value: 'friends' },
    { Name: 'Default', Value: 'T' },
  ]
  return inSession(
    'Response',
    element('ListManage-Response', {
      Result: { Code: 200, Description: 'Successful' },
      NickList: { NickName },
      ContactListProperties: { Property },
    }),
  )
}

const presences = (many: number) => {
  const value = (PresenceValue: string) => ({ Qualifier: true, PresenceValue })
  const Presence = Array.from({ length: many }, (_, index) => ({
    UserID: `wv:user${index}`,
    PresenceSubList: {
      OnlineStatus: value('T'),
      UserAvailability: value(['AVAILABLE', 'NOT_AVAILABLE', 'DISCREET'][index % 3]!),
      StatusText: value(`At work, room ${index}`),
    },
  }))
  return inSession(
    'Response',
    element('GetPresence-Response', { Result: { Code: 200, Description: 'Successful' }, Presence }),
  )
}

/** From the smallest to the largest: what clients and service say most, and what is made of much text or many elements. */
export const codecMessages: readonly CodecMessage[] = [
  { name: 'Polling-Request', message: fixture('Polling-Request') },
  { name: 'Login-Request', message: fixture('Login-Request') },
  { name: 'SendMessage-Request, 2 kB', message: twoKilobytes },
  { name: 'GetPresence-Response, 10 users', message: presences(10) },
  { name: 'ListManage-Response, 50 contacts', message: contacts(50) },
]
