import { type Version, versions } from '../versions.ts'
import * as tokens from './tokens.ts'

/** The first number that stands for a name: those before are WBXML's own. */
const firstToken = 5

/** Tags have six bits. A tag's code is `page << 6 | token`. */
const pageBits = 6

/** What an element's text is, where it is not just text. */
export type Kind = 'integer' | 'date' | 'content' | 'value' | 'presence value'

/** The names of one version, both ways. */
export interface Vocabulary {
  /** Names of tags by code. */
  readonly tagNames: readonly (string | undefined)[]
  /** Codes of tags by name: only what that version has. */
  readonly tagCodes: ReadonlyMap<string, number>
  /** Value tokens of that version by word; where one word has two, that of presence is in the second map. */
  readonly valueTokens: ReadonlyMap<string, number>
  readonly presenceTokens: ReadonlyMap<string, number>
}

interface Named {
  readonly name: string
  /** Digits of the versions that have it, `r` for none that sends it. */
  readonly marks: string
}

/** All names that one number has, or had. */
type Entry = readonly Named[]

function parse(line: string): Entry[] {
  return line.split(' ').map((entry) =>
    entry === '-'
      ? []
      : entry.split('|').map((one) => {
          const [, name = '', marks = '123'] = /^(.*?)(?::([123r]+))?$/.exec(one)!
          return { name, marks }
        }),
  )
}

const tagPages = tokens.tags.map(parse)
const valueEntries = parse(tokens.values)

const isIn = ({ marks }: Named, version: Version) => marks.includes(version.slice('1.'.length))

/** What a number means: the version's own name, else that of another version, since clients mix them (clients.md 29). */
const nameIn = (entry: Entry, version: Version): string | undefined =>
  (entry.find((one) => isIn(one, version)) ?? entry[0])?.name

function vocabularyOf(version: Version): Vocabulary {
  const tagNames: (string | undefined)[] = []
  const tagCodes = new Map<string, number>()
  for (const [page, entries] of tagPages.entries()) {
    for (const [index, entry] of entries.entries()) {
      const code = (page << pageBits) | (index + firstToken)
      tagNames[code] = nameIn(entry, version)
      for (const one of entry) if (isIn(one, version)) tagCodes.set(one.name, code)
    }
  }
  const valueTokens = new Map<string, number>()
  const presenceTokens = new Map<string, number>()
  for (const [number, entry] of valueEntries.entries()) {
    for (const one of entry) {
      if (!isIn(one, version)) continue
      // The words of presence have the higher numbers.
      presenceTokens.set(one.name, number)
      if (!valueTokens.has(one.name)) valueTokens.set(one.name, number)
    }
  }
  return { tagNames, tagCodes, valueTokens, presenceTokens }
}

const vocabularies = new Map<Version, Vocabulary>()

/** Made at the first need: most functions see one version in their lives. */
export function vocabulary(version: Version): Vocabulary {
  let found = vocabularies.get(version)
  if (!found) {
    found = vocabularyOf(version)
    vocabularies.set(version, found)
  }
  return found
}

/** The elements in which a number that has two names means the one that it has not elsewhere. */
const meantIn: Readonly<Record<string, ReadonlySet<string>>> = {
  AP: new Set(['InviteType']),
  IM: new Set(['Cap', 'PrefC']),
  History: new Set(['Name']),
}

/** The word that a value token stands for in an element; undefined for a number that no version has. */
export function valueWord(number: number, element: string, version: Version): string | undefined {
  const entry = valueEntries[number] ?? []
  return entry.find(({ name }) => meantIn[name]?.has(element) && entry.length > 1)?.name ?? nameIn(entry, version)
}

const kinds = new Map<string, Kind>()
const kindsRead = new Map<string, Kind>()
const put = (names: string, kind: Kind, into = kinds) => {
  for (const name of names.split(' ')) into.set(name, kind)
}
put(tokens.integers, 'integer')
put(tokens.dates, 'date')
put(tokens.contents, 'content')
put(tokens.enumerated, 'value')
put(tokens.enumeratedOfPresence, 'presence value')
put(tokens.integersRead, 'integer', kindsRead)

const enumeratedAttributes = new Set(
  tokens.enumeratedOfPresence.split(' ').flatMap((one) => (one.includes('/') ? one.slice(0, one.indexOf('/')) : [])),
)

/** How an element's text is sent. @param parent the element around it: a PresenceValue is what its attribute says */
export function kindOf(name: string, parent: string): Kind | undefined {
  if (name !== 'PresenceValue') return kinds.get(name)
  return enumeratedAttributes.has(parent) ? 'presence value' : undefined
}

/** How the opaque bytes in an element are read. */
export const kindOfOpaque = (name: string): Kind | undefined => kinds.get(name) ?? kindsRead.get(name)

const prefixes = tokens.attributes.split(' ')

/** The beginning of an `xmlns` value for an attribute token; undefined for any other attribute. */
export const namespacePrefix = (token: number): string | undefined => prefixes[token - firstToken]

/** A namespace of ours as the token of its beginning and what follows in text. */
export interface SplitNamespace {
  readonly token: number
  readonly rest: string
}

/** @param namespace one of `namespaces`: all of them begin as a token says */
export function splitNamespace(namespace: string): SplitNamespace {
  const index = prefixes.findIndex((prefix) => namespace.startsWith(prefix))
  return { token: index + firstToken, rest: namespace.slice(prefixes[index]!.length) }
}

/** The version that a numeric public identifier names. */
export const versionOfPublicId = (number: number): Version | undefined =>
  versions.find((version) => tokens.publicIds[version] === number)

export const publicIdOf = (version: Version): number => tokens.publicIds[version]

/** Page and token of a tag's code. */
export const pageOf = (code: number): number => code >> pageBits
export const tokenOf = (code: number): number => code & ((1 << pageBits) - 1)
export const codeOf = (page: number, token: number): number => (page << pageBits) | token
