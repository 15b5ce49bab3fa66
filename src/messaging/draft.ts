import { CspError } from '../csp/cspError.ts'
import { dateTime, isDateTime } from '../csp/dateTime.ts'
import type { Element } from '../csp/element.ts'
import { wholeNumber } from '../csp/wholeNumber.ts'
import type { Settings } from '../settings.ts'
import type { MessageFacts } from './message.ts'

/** A message that is about to be sent: what it says, without whom it goes to. */
export interface Draft {
  readonly facts: MessageFacts
  /** Exactly as it came. */
  readonly content: string
  /** Seconds for which it is kept for a recipient that does not fetch it. */
  readonly validity: number
  readonly wantsReport: boolean
}

/** Bytes of a MIME type, a name or an address in a MessageInfo. */
const longestText = 255

/**
 * The message of a SendMessage-Request. What clients get wrong is made good: ContentSize is counted, a DateTime that is
 * none is that of the server, and the Sender is not even looked at: it is the user of the session.
 *
 * @param now milliseconds since 1970
 * @throws CspError 400, 402 for what cannot be understood, and for content that is too large
 */
export function parseDraft(request: Element, { messageMaxBytes, validity: allowed }: Settings, now: number): Draft {
  const info = request.child('MessageInfo')!
  const content = contentOf(request)
  const isBase64 = encodingOf(info) === 'BASE64'
  if (isBase64 && !/^[A-Za-z0-9+/\s]*(?:=\s*){0,2}$/.test(content))
    throw new CspError(402, 'ContentData is not BASE64 as ContentEncoding says')
  const contentSize = isBase64 ? Buffer.from(content, 'base64').length : Buffer.byteLength(content)
  // BASE64 has four characters for three bytes, and now and then the end of a line.
  if (contentSize > messageMaxBytes || Buffer.byteLength(content) > messageMaxBytes * 1.4)
    throw new CspError(402, `ContentData has more than ${messageMaxBytes} bytes`)
  // Seconds; 0 says as little as none.
  const named = wholeNumber(info, 'Validity') || undefined
  const written = info.textOf('DateTime')
  const font = info.child('Font')
  const facts: MessageFacts = {
    contentType: shortText(info, 'ContentType') ?? 'text/plain',
    ...(isBase64 && { contentEncoding: 'BASE64' }),
    contentSize,
    dateTime: written !== undefined && isDateTime(written) ? written : dateTime(now),
    ...(named !== undefined && { validity: Math.min(named, allowed.max) }),
    ...defined('messageURI', shortText(info, 'MessageURI')),
    ...defined('contentName', shortText(info, 'ContentName')),
    ...(font && { font: fontOf(font) }),
  }
  const validity = Math.min(named ?? allowed.default, allowed.max)
  return { facts, content, validity, wantsReport: request.flagOf('DeliveryReport') === true }
}

const defined = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: string }

function shortText(info: Element, name: string): string | undefined {
  const text = info.textOf(name)
  if (text !== undefined && Buffer.byteLength(text) > longestText)
    throw new CspError(402, `${name} has more than ${longestText} bytes`)
  return text
}

function contentOf(request: Element): string {
  const content = request.child('ContentData')
  if (content && content.children.length > 0)
    throw new CspError(400, 'ContentData holds elements: markup has to be escaped')
  return content?.rawText ?? ''
}

function encodingOf(info: Element): 'BASE64' | undefined {
  const encoding = info.textOf('ContentEncoding')?.toUpperCase() ?? 'NONE'
  if (encoding !== 'NONE' && encoding !== 'BASE64')
    throw new CspError(402, 'ContentEncoding is neither None nor BASE64')
  return encoding === 'BASE64' ? encoding : undefined
}

function fontOf(font: Element): MessageFacts['font'] {
  const Style = font.textsOf('Style').slice(0, 8)
  if (Style.some((style) => Buffer.byteLength(style) > longestText)) throw new CspError(402, 'Style is too long')
  return {
    ...defined('Size', shortText(font, 'Size')),
    ...(Style.length > 0 && { Style }),
    ...defined('Color', shortText(font, 'Color')),
  }
}
