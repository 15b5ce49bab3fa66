import { restoreClientId } from '../csp/clientId.ts'
import type { Content, ContentTree } from '../csp/element.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { type AttributeSet, attributesOf, noAttributes, type PresenceAttribute } from './attributes.ts'
import { byClient, type ClientPresence, clientsOf, type Dated, type PresenceDocument, single } from './document.ts'
import type { PresenceValue } from './values.ts'

/**
 * The version in which presence is told. Plain text has no code for whose value it is, so that in 1.3 as well there is one of
 * each attribute: a client would take the last of several for all of them.
 */
export const presenceVersion = ({ version, encoding }: Pick<LiveSession, 'version' | 'encoding'>): Version =>
  encoding === 'PTS' && version === '1.3' ? '1.2' : version

/** What is told of a document. */
export interface Telling {
  readonly version: Version
  /** Wanted and allowed. */
  readonly attributes: AttributeSet
  /** Only what changed after that version of the document; absent: everything. */
  readonly since?: number
  /** 1.3: also that a client is no longer there, of which a watcher may believe that it is. */
  readonly departures?: boolean
  /** Told as withdrawn (Qualifier F): what was shown and is no longer. */
  readonly withdrawn?: AttributeSet
}

/** The content of a PresenceSubList, by attribute name; empty when there is nothing to tell. */
export function presenceSubList(document: PresenceDocument, telling: Telling): ContentTree {
  const { version, attributes, withdrawn = noAttributes } = telling
  const isKnown = (one: PresenceAttribute) => isAtLeast(version, one.since)
  const told = attributesOf(attributes)
    .filter(isKnown)
    .map((one): [string, Content[]] => [one.name, valuesOf(document, one, telling)])
  // What never had a value was never shown.
  const gone = attributesOf(withdrawn & ~attributes)
    .filter((one) => isKnown(one) && valuesOf(document, one, { ...telling, since: undefined }).length > 0)
    .map(({ name }): [string, Content[]] => [name, [{ Qualifier: 'F' }]])
  return Object.fromEntries([...told, ...gone].filter(([, values]) => values.length > 0))
}

function valuesOf(document: PresenceDocument, { name, perClient }: PresenceAttribute, telling: Telling): Content[] {
  const { version, since } = telling
  if (!perClient) return told(document.values[name], since)
  if (version === '1.3') return valuesOfClients(document, name, telling)
  // What was said by a client that is forgotten by now is not said any more.
  const value = single(document, name) ?? (since === undefined ? undefined : { Qualifier: 'F' })
  return told(value && { value, at: document.singleAt[name] ?? 0 }, since)
}

const told = (dated: Dated | undefined, since: number | undefined): PresenceValue[] =>
  dated && (since === undefined || dated.at > since) ? [dated.value] : []

/**
 * 1.3: one for each client that is there, or the one that was there last; of changes all that are concerned. Of a client
 * that has several sessions it is the live one that speaks.
 */
function valuesOfClients(document: PresenceDocument, name: string, { since, departures = false }: Telling): Content[] {
  const clients = byClient(clientsOf(document)).map(([first]) => first!)
  // Of a user without any client all that is known is that there is none.
  if (clients.length === 0) return name === 'OnlineStatus' && since === undefined ? [single(document, name)] : []
  const having = clients.filter(({ values }) => values[name])
  const live = having.filter((one) => one.live)
  const all = since !== undefined || (departures && name === 'OnlineStatus')
  const shown = all ? having : live.length > 0 ? live : having.slice(0, 1)
  return shown.flatMap((one) => ofClient(one, told(one.values[name], since)))
}

const ofClient = ({ clientId }: ClientPresence, values: readonly PresenceValue[]): Content[] =>
  // One that has no ClientID, or an empty one, has nothing to be called by.
  values.map((value) => ({ ...value, ClientID: clientId?.ClientID === '' ? undefined : restoreClientId(clientId) }))
