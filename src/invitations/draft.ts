import { withScheme } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import type { ContentTree, Element } from '../csp/element.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'
import { wholeNumber } from '../csp/wholeNumber.ts'
import { allAttributes, attributesOf, namedAttributes } from '../presence/attributes.ts'
import type { Settings } from '../settings.ts'
import { urlList } from './carryingOut.ts'
import type { ScreenName } from './entry.ts'
import { type InviteType, inviteTypes } from './invitation.ts'

/** An invitation that is about to be made, without whom it goes to. */
export interface InvitationDraft {
  readonly inviteId: string
  readonly type: InviteType
  /** As written, `wv:` in front. */
  readonly groupId?: string
  /** Who invites wants to be called so. */
  readonly screenName?: ScreenName
  /** Seconds for which it can be answered. */
  readonly validity: number
  /** What the invited are told, beside who invites and the InviteID. */
  readonly content: ContentTree
}

/** Bytes of an id, a name or an address, and of a note; and how many URLs there may be. */
const longestText = 255
const longestNote = 2000
const urlsMax = 20

/**
 * The invitation of an Invite-Request.
 *
 * @throws CspError 400 for what is missing, 402 for what cannot be understood or is too long, 750
 */
export function parseInvitation(request: Element, version: Version, { validity }: Settings): InvitationDraft {
  const type = typeOf(request, version)
  const groupId = shortText(request, 'GroupID')
  const applicationId = shortText(request, 'ApplicationID')
  const urls = urlsOf(request)
  if ((type === 'GR' || type === 'GM' || type === 'EG') && groupId === undefined)
    throw new CspError(400, 'An invitation to a group has no GroupID')
  if (type === 'SC' && urls.length === 0) throw new CspError(400, 'An invitation to shared content has no URLList')
  if (type === 'AP' && applicationId === undefined)
    throw new CspError(400, 'An invitation to an application has no ApplicationID')
  // Seconds; 0 says as little as none.
  const named = wholeNumber(request, 'Validity') || undefined
  const note = noteOf(request, 'InviteNote')
  const attributes = attributeNames(request, version)
  const screenName = screenNameOf(request)
  const group = groupId === undefined ? {} : { GroupID: withScheme(groupId) }
  return {
    inviteId: inviteIdOf(request),
    type,
    ...(groupId !== undefined && { groupId: withScheme(groupId) }),
    ...(screenName && { screenName }),
    validity: Math.min(named ?? validity.default, validity.max),
    content: {
      InviteType: type,
      ...group,
      ...(applicationId !== undefined && { ApplicationID: applicationId }),
      ...(attributes && { PresenceSubList: attributes }),
      ...urlList(urls),
      ...(note !== undefined && { InviteNote: note }),
      ...(named !== undefined && { Validity: Math.min(named, validity.max) }),
    },
  }
}

/** @throws CspError 400, 402 */
export function inviteIdOf(request: Element, name = 'InviteID'): string {
  const inviteId = shortText(request, name)
  if (inviteId === undefined) throw new CspError(400, `${name} is empty`)
  return inviteId
}

/** @throws CspError 402 for one that is too long */
export function noteOf(request: Element, name: string): string | undefined {
  return shortText(request, name, longestNote)
}

/** The URLs of a URLList. @throws CspError 402 for too many */
export function urlsOf(request: Element): string[] {
  const urls = request.child('URLList')?.textsOf('URL') ?? []
  if (urls.length > urlsMax) throw new CspError(402, `More than ${urlsMax} URLs`)
  for (const url of urls) check('URL', url, longestText)
  return urls
}

/** The screen name that a request asks to be used; one without a name is none. @throws CspError 402 for one that is too long */
export function screenNameOf(request: Element): ScreenName | undefined {
  const screenName = request.child('ScreenName')
  const SName = screenName && shortText(screenName, 'SName')
  const GroupID = screenName && shortText(screenName, 'GroupID')
  return SName === undefined || GroupID === undefined ? undefined : { SName, GroupID: withScheme(GroupID) }
}

function typeOf(request: Element, version: Version): InviteType {
  const type = request.textOf('InviteType')?.toUpperCase()
  if (type === undefined) throw new CspError(400, 'InviteType is empty')
  if (!Object.hasOwn(inviteTypes, type) || !isAtLeast(version, inviteTypes[type as InviteType]))
    throw new CspError(402, `InviteType is none of ${version}`)
  return type as InviteType
}

/** The presence attributes that it is about, by name: none where it names none, or all. */
function attributeNames(request: Element, version: Version): ContentTree | undefined {
  const named = namedAttributes(request.child('PresenceSubList'), version)
  if (named === undefined || named === allAttributes) return undefined
  return Object.fromEntries(attributesOf(named).map(({ name }) => [name, '']))
}

function shortText(request: Element, name: string, longest = longestText): string | undefined {
  const text = request.textOf(name)
  if (text !== undefined) check(name, text, longest)
  return text
}

function check(name: string, text: string, longest: number): void {
  if (Buffer.byteLength(text) > longest) throw new CspError(402, `${name} has more than ${longest} bytes`)
}
