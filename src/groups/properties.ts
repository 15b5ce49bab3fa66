import { CspError } from '../csp/cspError.ts'
import type { ContentTree, Element } from '../csp/element.ts'
import type { Group, GroupProperties, OwnProperties, Privilege, WelcomeNote } from './group.ts'
import { isScreenName } from './screenNames.ts'

/** Bytes of a name, a topic or another value. */
const longestValue = 255
/** Bytes of a welcome note. */
const longestNote = 4096

type Changes<Of> = { readonly [Name in keyof Of]?: Of[Name] | undefined }

/** Reads the value of a property into what it changes; undefined for one that no client can set, and that is passed over. */
type Reader<Of> = (value: string | undefined, name: string) => Changes<Of> | undefined

const invalid = (name: string): CspError => new CspError(806, `${name} is no property, or has no such value`)

function flag(value: string | undefined, name: string): boolean {
  const letter = value?.toUpperCase()
  if (letter !== 'T' && letter !== 'F') throw invalid(name)
  return letter === 'T'
}

function among<Value extends string>(values: readonly Value[], value: string | undefined, name: string): Value {
  const found = values.find((one) => one.toLowerCase() === value?.toLowerCase())
  if (!found) throw invalid(name)
  return found
}

/** 0 says as little as none. */
function whole(value: string | undefined, name: string): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,9}$/.test(value)) throw invalid(name)
  return Number(value) || undefined
}

function text(value: string | undefined, name: string): string | undefined {
  if (value !== undefined && Buffer.byteLength(value) > longestValue) throw invalid(name)
  return value
}

const readOnly: Reader<unknown> = () => undefined

/** A property of 1.3 that this service does not have: it may be named as long as it asks for nothing. */
const onlyOff: Reader<unknown> = (value = 'F', name) => {
  if (!['F', '0'].includes(value.toUpperCase())) throw invalid(name)
  return undefined
}

const groupReaders: Readonly<Record<string, Reader<GroupProperties>>> = {
  name: (value, name) => {
    // 822: a group without a name cannot be told from others.
    if (value === undefined) throw new CspError(822)
    return { name: text(value, name) }
  },
  topic: (value, name) => ({ topic: text(value, name) }),
  accesstype: (value, name) => ({ restricted: among(['Open', 'Restricted'], value, name) === 'Restricted' }),
  type: (value, name) => ({ type: among<'Public' | 'Private'>(['Public', 'Private'], value, name) }),
  privatemessaging: (value, name) => ({ privateMessaging: flag(value, name) }),
  searchable: (value, name) => ({ searchable: flag(value, name) }),
  activeusers: readOnly,
  maxactiveusers: (value, name) => ({ maxActiveUsers: whole(value, name) }),
  autodelete: (value, name) => ({ autoDelete: flag(value, name) }),
  validity: (value, name) => ({ validity: whole(value, name) }),
  history: (value, name) => ({ history: flag(value, name) }),
  requireinvitation: onlyOff,
  minimumage: onlyOff,
}

const ownReaders: Readonly<Record<string, Reader<OwnProperties>>> = {
  ismember: readOnly,
  privilegelevel: readOnly,
  privatemessaging: (value, name) => ({ privateMessaging: flag(value, name) }),
  autojoin: (value, name) => ({ autoJoin: flag(value, name) }),
  showid: (value, name) => ({ showID: flag(value, name) }),
  screenname: (value, name) => {
    if (value !== undefined && !isScreenName(value)) throw invalid(name)
    return { screenName: value }
  },
}

function read<Of>(list: Element | undefined, readers: Readonly<Record<string, Reader<Of>>>): Changes<Of> {
  let changes: Changes<Of> = {}
  for (const property of list?.all('Property') ?? []) {
    const name = property.textOf('Name') ?? ''
    const reader = Object.hasOwn(readers, name.toLowerCase()) ? readers[name.toLowerCase()] : undefined
    if (!reader) throw invalid(name)
    changes = { ...changes, ...reader(property.textOf('Value'), name) }
  }
  return changes
}

/**
 * The properties that a GroupProperties element sets. Names compare without case; what is read-only is passed over.
 *
 * @throws CspError 806 for a property that there is not, or a value that it cannot have; 822 for an empty name
 */
export function readGroupProperties(list: Element | undefined): Changes<GroupProperties> {
  const note = list?.child('WelcomeNote')
  return { ...read(list, groupReaders), ...(note && { welcomeNote: readWelcomeNote(note) }) }
}

/** The same of an OwnProperties element. */
export const readOwnProperties = (list: Element | undefined): Changes<OwnProperties> => read(list, ownReaders)

/** An empty note takes the one away that there was. */
function readWelcomeNote(note: Element): WelcomeNote | undefined {
  const content = note.child('ContentData')
  if (content && content.children.length > 0) throw new CspError(400, 'ContentData holds elements')
  if (!content || content.rawText === '') return undefined
  if (Buffer.byteLength(content.rawText) > longestNote) throw new CspError(806, 'WelcomeNote is too long')
  const contentEncoding = text(note.textOf('ContentEncoding'), 'ContentEncoding')
  return {
    contentType: text(note.textOf('ContentType'), 'ContentType') ?? 'text/plain',
    ...(contentEncoding !== undefined && { contentEncoding }),
    content: content.rawText,
  }
}

/** A welcome note as it is sent. */
export const welcomeNoteOf = ({ welcomeNote }: Pick<Group, 'welcomeNote'>): ContentTree | undefined =>
  welcomeNote && {
    ContentType: welcomeNote.contentType,
    ContentEncoding: welcomeNote.contentEncoding,
    ContentData: welcomeNote.content,
  }

const letter = (is: boolean): string => (is ? 'T' : 'F')

/** A group's properties by their names on the wire. @param activeUsers users that are joined now */
export const groupValues = (group: GroupProperties, activeUsers?: number): Record<string, string> => ({
  Name: group.name,
  Accesstype: group.restricted ? 'Restricted' : 'Open',
  Type: group.type,
  PrivateMessaging: letter(group.privateMessaging),
  Searchable: letter(group.searchable),
  ...(group.topic !== undefined && { Topic: group.topic }),
  ...(activeUsers !== undefined && { ActiveUsers: String(activeUsers) }),
  ...(group.maxActiveUsers !== undefined && { MaxActiveUsers: String(group.maxActiveUsers) }),
  AutoDelete: letter(group.autoDelete),
  ...(group.validity !== undefined && { Validity: String(group.validity) }),
  History: letter(group.history),
})

/** What a user is in a group, and has said of it. AutoJoin and ShowID are there since 1.2. */
export const ownValues = (
  own: OwnProperties,
  privilege: Privilege | undefined,
  isFrom12: boolean,
): Record<string, string> => ({
  IsMember: letter(privilege !== undefined),
  PrivilegeLevel: privilege ?? 'User',
  PrivateMessaging: letter(own.privateMessaging),
  ...(isFrom12 && { AutoJoin: letter(own.autoJoin), ShowID: letter(own.showID) }),
  ...(own.screenName !== undefined && { ScreenName: own.screenName }),
})

/** Properties as they are sent. */
export const toProperties = (values: Readonly<Record<string, string>>): ContentTree => ({
  Property: Object.entries(values).map(([Name, Value]) => ({ Name, Value })),
})
