import { Element, element } from '../element.ts'
import { isAtLeast, type Version } from '../versions.ts'
import { codeTable } from './codeTable.ts'
import { oneOrGroup, recordsOf, textOf, textsOf, type Value } from './value.ts'

/** The shape of a parameter: how children of a primitive are told in it. */
export interface Form {
  /** Undefined when the primitive says nothing of it. */
  write(primitive: Element, version: Version): Value | undefined
  /** Empty for a value that says nothing. */
  read(value: Value, version: Version): Element[]
}

/** A string, a number or a flag: the text of one child, as it is. What cannot be one is for the service to refuse. */
export const text = (name: string): Form => ({
  write: (primitive) => primitive.child(name)?.rawText || undefined,
  read: (value) => elements(name, textOf(value)),
})

const elements = (name: string, ...texts: readonly (string | undefined)[]): Element[] =>
  texts.flatMap((one) => (one === undefined ? [] : new Element(name, one)))

/** Children of that name, any number of them. */
export const texts = (name: string): Form => ({
  write: (primitive) => oneOrGroup(primitive.textsOf(name)),
  read: (value) => elements(name, ...textsOf(value)),
})

/**
 * The UserIDs or ContactLists that a request is about: 1.3 has them in a list, `UserIDList` or `ContactListIDList`.
 *
 * @param wrapper the element around each of them before 1.3, where there is one: `User`
 */
export const named = (name: string, list: string, wrapper?: string): Form => ({
  write: (primitive) => {
    const holders = [...(wrapper ? primitive.all(wrapper) : []), primitive, ...primitive.all(list)]
    return oneOrGroup(holders.flatMap((holder) => holder.textsOf(name)))
  },
  read: (value, version) => {
    const found = elements(name, ...textsOf(value))
    if (found.length === 0) return []
    if (isAtLeast(version, '1.3')) return [new Element(list, found)]
    return wrapper ? found.map((one) => new Element(wrapper, [one])) : found
  },
})

/** `ST=code` or `ST=(code,description)`. DetailedResults cannot be told. */
export const result: Form = {
  write: (primitive) => {
    const told = primitive.child('Result')
    const [code, description] = [told?.textOf('Code'), told?.textOf('Description')]
    return code === undefined || description === undefined ? code : [code, description]
  },
  read: (value) => {
    const [Code, Description] = (typeof value === 'string' ? [value] : value).map(textOf)
    return Code === undefined ? [] : [element('Result', { Code, Description })]
  },
}

/** A string, or (URL, MSISDN). A ClientID that is plain text is read back as a URL, which names the same client (R4). */
export const clientId: Form = {
  write: (primitive) => {
    const told = primitive.child('ClientID')
    const [url, number] = [told?.textOf('URL') ?? told?.text, told?.textOf('MSISDN')]
    return number === undefined ? url : [url ?? '', number]
  },
  read: (value) => {
    const [url, number] = typeof value === 'string' ? [value] : value
    const [URL, MSISDN] = [textOf(url), textOf(number)]
    return URL === undefined && MSISDN === undefined ? [] : [element('ClientID', { URL, MSISDN })]
  },
}

/**
 * A group of (nick,user), where a user without a nickname has an empty one.
 *
 * COMPAT(Android 1.0): cannot read an empty group, so an empty list is left out.
 */
export const nickList = (name: string): Form => ({
  write: (primitive) => {
    const contacts = primitive.child(name)?.children ?? []
    const pairs = contacts.flatMap((one): Value[] => {
      const user = one.name === 'UserID' ? one.text : one.textOf('UserID')
      return user === undefined ? [] : [[one.textOf('Name') ?? '', user]]
    })
    return pairs.length > 0 ? pairs : undefined
  },
  read: (value) => {
    const contacts = recordsOf(value).flatMap((pair) => {
      const [Name, UserID] = [pair.length > 1 ? textOf(pair[0]) : undefined, textOf(pair.at(-1))]
      return UserID === undefined ? [] : [element('NickName', { Name: Name ?? '', UserID })]
    })
    return contacts.length > 0 ? [new Element(name, contacts)] : []
  },
})

/** RemoveNickList: its users. COMPAT(Android 1.0): writes them as pairs with an empty nickname. */
export const removeNickList: Form = {
  write: (primitive) => oneOrGroup(primitive.child('RemoveNickList')?.textsOf('UserID') ?? []),
  read: (value) => {
    const users = elements('UserID', ...textsOf(value))
    return users.length > 0 ? [new Element('RemoveNickList', users)] : []
  },
}

const propertyCodes = codeTable({ DN: 'DisplayName', DE: 'Default' })

/** ContactListProperties: a group of (code,value). A property that has no code keeps its name, for the service to refuse. */
export const contactListProperties: Form = {
  write: (primitive) => {
    const properties = primitive.child('ContactListProperties')?.all('Property') ?? []
    const pairs = properties.map((one) => {
      const name = one.textOf('Name') ?? ''
      return [propertyCodes.codeOf(name) ?? name, one.child('Value')?.rawText ?? '']
    })
    return pairs.length > 0 ? pairs : undefined
  },
  read: (value) => {
    const properties = recordsOf(value).map(([code, content]) => {
      const name = textOf(code) ?? ''
      return element('Property', { Name: propertyCodes.nameOf(name) ?? name, Value: textOf(content) ?? '' })
    })
    return properties.length > 0 ? [new Element('ContactListProperties', properties)] : []
  },
}
