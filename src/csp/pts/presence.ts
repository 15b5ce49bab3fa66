import { conform } from '../contentModel.ts'
import { Element } from '../element.ts'
import { type CodeTable, clientTypes, codeTable, plainValues, type ValueTable, valueTable } from './codeTable.ts'
import type { Form } from './forms.ts'
import { oneOrGroup, recordsOf, textOf, type Value } from './value.ts'

const attributeCodes = codeTable({
  OS: 'OnlineStatus',
  CF: 'ClientInfo',
  UA: 'UserAvailability',
  ST: 'StatusText',
  SC: 'StatusContent',
})

/** True for an attribute that has a code. */
export const isAttributeInPts = (name: string): boolean => attributeCodes.codeOf(name) !== undefined

/** Attributes that have other children than PresenceValue. */
const parts: Readonly<Record<string, CodeTable>> = {
  ClientInfo: codeTable({ CT: 'ClientType', CP: 'ClientProducer', CV: 'ClientVersion' }),
  StatusContent: codeTable({ RC: 'ReferredContent', CY: 'ContentType' }),
}

/** Without it the rest says nothing: DirectContent has no code, and its ContentType alone would be misleading. */
const essentialParts: Readonly<Record<string, string>> = { StatusContent: 'ReferredContent' }

/** By the name of the attribute or the part. */
const values: Readonly<Record<string, ValueTable>> = {
  UserAvailability: valueTable({ AV: 'AVAILABLE', DI: 'DISCREET', NA: 'NOT_AVAILABLE' }),
  ClientType: clientTypes,
}

const valuesOf = (name: string) => values[name] ?? plainValues

/**
 * PresenceSubList of a request that names attributes: `PS=OS` or `PS=(OS,UA)`. One that names none is an empty group:
 * in CreateAttributeList-Request it says something. COMPAT(Android 1.0): `(CF,(CT,CP))` names parts, which is more than
 * can be asked for.
 */
export const attributeNames: Form = {
  write: (primitive) => {
    const list = primitive.child('PresenceSubList')
    return list && (oneOrGroup(list.children.flatMap((one) => attributeCodes.codeOf(one.name) ?? [])) ?? [])
  },
  read: (value) => {
    if (value === '') return []
    const codes = (typeof value === 'string' ? [value] : value).map((one) => textOf(one) ?? '')
    const names = codes.flatMap((code) => attributeCodes.nameOf(code) ?? [])
    return [
      new Element(
        'PresenceSubList',
        names.map((name) => new Element(name)),
      ),
    ]
  },
}

/** PresenceSubList with values: a group of attributes, also when it is one. Attributes without a code are left out. */
export const attributeValues: Form = {
  write: (primitive) => primitive.child('PresenceSubList')?.children.flatMap(writeAttribute),
  read: (value) => (value === '' ? [] : [presenceSubList(value)]),
}

/**
 * Presences: `(user,attributes)`, or a group of those. COMPAT(OZ): another level of parentheses.
 *
 * COMPAT(Android 1.0): cannot read an empty group, so of whom nothing is told only the user is written.
 */
export const presences: Form = {
  write: (primitive, version) => {
    const told = primitive.all('Presence').flatMap((presence): Value[] => {
      const user = presence.textOf('UserID')
      const lists = presence.all('PresenceSubList').flatMap(({ children }) => children)
      const attributes = conform(new Element('PresenceSubList', lists), version).children.flatMap(writeAttribute)
      return user === undefined ? [] : [attributes.length > 0 ? [user, attributes] : [user]]
    })
    return oneOrGroup(told)
  },
  read: (value) =>
    recordsOf(value).flatMap(([first, attributes]) => {
      const user = textOf(first)
      if (user === undefined) return []
      const list = attributes === undefined || attributes === '' ? [] : [presenceSubList(attributes)]
      return [new Element('Presence', [new Element('UserID', user), ...list])]
    }),
}

const presenceSubList = (value: Value) => new Element('PresenceSubList', recordsOf(value).flatMap(readAttribute))

/** `(code,qualifier,value)`; without a Qualifier `(code,value)`, and of an attribute that says nothing `(code)`. */
function writeAttribute(attribute: Element): Value[] {
  const code = attributeCodes.codeOf(attribute.name)
  if (code === undefined) return []
  const qualifier = attribute.textOf('Qualifier')
  const value = writtenValue(attribute)
  if (value === undefined && qualifier?.toUpperCase() === 'F') return [[code, qualifier, '']]
  if (value !== undefined) return [qualifier === undefined ? [code, value] : [code, qualifier, value]]
  // It says something, but nothing of it has a code.
  return attribute.children.some(({ name }) => name !== 'Qualifier' && name !== 'ClientID') ? [] : [[code]]
}

function writtenValue(attribute: Element): Value | undefined {
  const codes = parts[attribute.name]
  if (!codes) return attribute.child('PresenceValue') && writtenText(attribute.name, attribute.child('PresenceValue')!)
  const essential = essentialParts[attribute.name]
  if (essential && !attribute.child(essential)) return undefined
  const told = attribute.children.flatMap((part): Value[] => {
    const code = codes.codeOf(part.name)
    return code === undefined ? [] : [[code, writtenText(part.name, part)]]
  })
  return told.length > 0 ? told : undefined
}

const writtenText = (name: string, { rawText }: Element) => valuesOf(name).write(rawText)

function readAttribute([code, ...told]: readonly Value[]): Element[] {
  const name = attributeCodes.nameOf(textOf(code) ?? '')
  if (name === undefined) return []
  const qualifier = told.length > 1 ? textOf(told[0]) : undefined
  const value = told.length > 1 ? told[1] : told[0]
  // A value that is withdrawn has none; elsewhere an empty one is a text that was deleted.
  const isWithdrawn = value === '' && qualifier?.toUpperCase() === 'F'
  const content = value === undefined || isWithdrawn ? [] : readValue(name, value)
  return [new Element(name, [...(qualifier ? [new Element('Qualifier', qualifier)] : []), ...content])]
}

function readValue(name: string, value: Value): Element[] {
  const codes = parts[name]
  const read = (child: string, from: string, told: Value | undefined) =>
    new Element(child, valuesOf(from).read(textOf(told) ?? ''))
  if (!codes) return [read('PresenceValue', name, value)]
  return recordsOf(value).flatMap(([code, told]) => {
    const part = codes.nameOf(textOf(code) ?? '')
    return part === undefined ? [] : [read(part, part, told)]
  })
}
