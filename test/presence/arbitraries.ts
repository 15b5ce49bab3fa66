import fc from 'fast-check'
import { contentModels } from '../../src/csp/contentModel.ts'
import { Element } from '../../src/csp/element.ts'
import { isAtLeast, type Version } from '../../src/csp/versions.ts'
import { presenceAttributes } from '../../src/presence/attributes.ts'
import { text } from '../csp/arbitraries.ts'

/** Texts that each child takes; free text where there is no row. */
const texts: Readonly<Record<string, readonly string[]>> = {
  OnlineStatus: ['T', 'f'],
  Registration: ['F', 't'],
  UserAvailability: ['AVAILABLE', 'discreet'],
  PreferredLanguage: ['fin', 'en-GB'],
  StatusMood: ['SLEEPY', 'In_Love'],
  ClientType: ['PDA', 'cli'],
  Language: ['fi', 'fin'],
  Zone: ['+02', '-03:30'],
  Longitude: ['13 24 36.0E', '13,5'],
  Latitude: ['52°31\'12"N', '52.5 s'],
  Altitude: ['100', '-3.5'],
  Accuracy: ['10', '0,5'],
  Country: ['FI', 'fin'],
  Cap: ['IM', 'video_call'],
  PrefC: ['SMS', 'Im_Offline'],
  Status: ['OPEN', 'closed'],
  Cstatus: ['CLOSED', 'open'],
  Cpriority: ['10', '-1'],
  DirectContent: ['AAEC', 'AA EC\nAw==', 'AAECAw'],
  ClientIMPriority: ['1', '99'],
  AnyContent: ['T', 'f'],
  AcceptedTextContentLength: ['100'],
  AcceptedRichContentLength: ['200'],
  ContentPolicyLimit: ['300'],
  MaxPullLength: ['400'],
  MaxPushLength: ['500'],
}
const clearable = ['FreeTextLocation', 'PLMN', 'StatusText', 'Alias']
const needed = ['Cap', 'Status', 'PrefC', 'Caddr', 'Link', 'AcceptedContentType', 'ContentType']

const padding = fc.constantFrom('', ' ', '\n\t')
const filled = text.map((one) => one.trim() || 'x')
const valid = (parent: string, name: string): fc.Arbitrary<string> => {
  const known = texts[name === 'PresenceValue' ? parent : name]
  const plain = known ? fc.constantFrom(...known) : clearable.includes(parent) ? text : filled
  return fc.tuple(padding, plain, padding).map((parts) => parts.join(''))
}

/** An element whose children say something, at least one of them; structures have all that they need. */
function child(parent: string, name: string, version: Version): fc.Arbitrary<Element> {
  const model = contentModels[version].get(name)
  if (!model || name === 'Status') return valid(parent, name).map((one) => new Element(name, one))
  const parts = model
    .filter((one) => one.name !== 'ClientID' && one.name !== 'Qualifier')
    .map((one) => {
      const isNeeded = needed.includes(one.name) && !(one.name === 'ContentType' && one.occurs === '?')
      const most = one.occurs === '*' ? 3 : 1
      return fc.array(child(name, one.name, version), { minLength: isNeeded ? 1 : 0, maxLength: most })
    })
  return fc.tuple(...parts).map((found) => new Element(name, found.flat()))
}

/** Has an attribute said something? A StatusContent by its content, not by its type alone. */
const says = (one: Element): boolean =>
  one.children.some(({ name, children, text: said }) => {
    if (one.name === 'StatusContent' && name === 'ContentType') return false
    return name === 'ClientContentLimit'
      ? children.length > 0
      : children.length > 0 || said || clearable.includes(one.name)
  })

/** A PresenceSubList that a client of that version may publish, and which attributes it says something of. */
export const stating = (version: Version): fc.Arbitrary<{ list: Element; stated: Set<string> }> => {
  const known = presenceAttributes.filter(({ since }) => isAtLeast(version, since))
  const attributes = known.map(({ name }) =>
    fc.array(fc.tuple(child('', name, version), fc.constantFrom('T', 't', '', undefined, 'F')), { maxLength: 2 }),
  )
  return fc.tuple(...attributes).map((found) => {
    const all = found.flat().map(([one, qualifier]) => ({
      isStated: qualifier === 'F' || says(one),
      one: new Element(one.name, [
        ...(qualifier === undefined ? [] : [new Element('Qualifier', qualifier)]),
        ...one.children,
      ]),
    }))
    return {
      list: new Element(
        'PresenceSubList',
        all.map(({ one }) => one),
      ),
      stated: new Set(all.filter(({ isStated }) => isStated).map(({ one }) => one.name)),
    }
  })
}

/** Names of everything below PresenceSubList, and texts that many of them take. */
const names = [
  ...presenceAttributes.flatMap(({ name }) => [name, ...contentModels['1.3'].get(name)!.map((one) => one.name)]),
  ...['CommC', 'AddrPref', 'Inf_link'].flatMap((name) => contentModels['1.3'].get(name)!.map((one) => one.name)),
  ...['CName', 'PreferredContent', 'Vendor'],
]
const pool = fc.oneof(fc.constantFrom('T', 'F', 'IM', 'OPEN', '10', 'fin', '+02', 'AAEC', ''), text)

/** A PresenceSubList of attributes with any children of theirs, right or wrong. */
export const anyList: fc.Arbitrary<Element> = fc
  .array(
    fc.constantFrom(...presenceAttributes).chain(({ name }) => anyElement(name, 0)),
    { maxLength: 4 },
  )
  .map((attributes) => new Element('PresenceSubList', attributes))

function anyElement(name: string, depth: number): fc.Arbitrary<Element> {
  const leaf = pool.map((one) => new Element(name, one))
  if (depth > 3) return leaf
  const own = contentModels['1.3'].get(name)?.map((one) => one.name) ?? []
  const childName =
    own.length > 0
      ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...own) }, fc.constantFrom(...names))
      : fc.constantFrom(...names)
  const structure = fc
    .array(
      childName.chain((one) => anyElement(one, depth + 1)),
      { maxLength: 4 },
    )
    .map((children) => new Element(name, children))
  return own.length > 0 && name !== 'Status'
    ? fc.oneof({ weight: 6, arbitrary: structure }, leaf)
    : fc.oneof({ weight: 9, arbitrary: leaf }, structure)
}
