import { isDeepStrictEqual } from 'node:util'
import type { AttributeSet } from './attributes.ts'
import { attributeSet, holds, perClientAttributes, presenceAttributes } from './attributes.ts'
import type { Changed } from './job.ts'
import type { PresenceValue } from './values.ts'

/** A value, and the version of the document in which it last changed. */
export interface Dated {
  readonly at: number
  readonly value: PresenceValue
}

/** The presence of one client (session) of a user. It stays while the session can be re-established. */
export interface ClientPresence {
  /** Of the session when it came to life: an end of an earlier epoch is no end of this. */
  readonly epoch: number
  readonly live: boolean
  /** When it last came to life, milliseconds since 1970: the newest client comes first. */
  readonly openedAt: number
  readonly clientId?: Readonly<Record<string, string>>
  /** End of the window of an ended session, seconds since 1970. */
  readonly expiresAt?: number
  readonly values: Readonly<Record<string, Dated>>
}

/**
 * The presence of a user. 1.3 shows the attributes of a client for each of them; 1.1 and 1.2 know one of each, which is
 * that of the newest live client.
 */
export interface PresenceDocument {
  /** Counts changes. */
  readonly version: number
  /** Attributes of the user, by name. */
  readonly values: Readonly<Record<string, Dated>>
  /** When that which 1.1 and 1.2 are shown of the clients' attributes last changed: versions by name. */
  readonly singleAt: Readonly<Record<string, number>>
  /** By SessionID. */
  readonly clients: Readonly<Record<string, ClientPresence>>
}

export const noPresence: PresenceDocument = { version: 0, values: {}, singleAt: {}, clients: {} }

/** How many ended clients are kept: a phone that comes and goes all day must not make the item large. */
const endedClientsMax = 4

/** How many live ones: nobody has so many phones. Of those beyond nothing is told but that the user is online. */
const liveClientsMax = 16

const online = (is: boolean): PresenceValue => ({ Qualifier: 'T', PresenceValue: is ? 'T' : 'F' })

/** What a client can be reached by, until it says otherwise. */
const reachable: PresenceValue = { Qualifier: 'T', CommC: [{ Cap: 'IM', Status: 'OPEN' }] }

export interface OpenedClient {
  readonly id: string
  readonly epoch: number
  readonly clientId?: Readonly<Record<string, string>>
}

/**
 * The document when a session has come to life. Undefined when it says so already. All that the client said is told
 * anew: 1.3 may have forgotten it, or knows it under the ClientID that the session had before.
 *
 * @param now milliseconds since 1970
 */
export function withOpened(
  before: PresenceDocument,
  { id, epoch, clientId }: OpenedClient,
  now: number,
): PresenceDocument | undefined {
  const known = before.clients[id]
  const isKnown = known?.live && isDeepStrictEqual(known.clientId, clientId)
  // An end of a later epoch is known already: this one is late.
  if (known && (isKnown || known.epoch > epoch)) return undefined
  const said = { ...saidBefore(before, clientId), ...known?.values }
  const values = anew(withValue(withValue(said, 'OnlineStatus', online(true)), 'CommCap', (old) => old ?? reachable))
  const client: ClientPresence = { epoch, live: true, openedAt: now, ...(clientId && { clientId }), values }
  const left = known?.live ? { [`${id} before`]: takenOver(known, now) } : {}
  return next(before, { ...before, clients: pruned({ ...before.clients, ...left, [id]: client }, now) })
}

/** What a client has said in the session before: it is the same phone. How to reach it is for each session to say. */
function saidBefore(document: PresenceDocument, clientId: OpenedClient['clientId']): ClientPresence['values'] {
  const last = clientsOf(document).find(([, one]) => isDeepStrictEqual(one.clientId, clientId))
  const { CommCap: _, ...values } = last?.[1].values ?? {}
  return values
}

/** What is left of a client whose session another has taken over: it is offline. */
const takenOver = (client: ClientPresence, now: number): ClientPresence => ({
  ...client,
  live: false,
  epoch: 0,
  expiresAt: Math.ceil(now / 1000) + takenOverKept,
  values: withValue({}, 'OnlineStatus', online(false)),
})

/** Seconds; watchers that are there have been told by then. */
const takenOverKept = 3600

const anew = (values: ClientPresence['values']): ClientPresence['values'] =>
  Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, { at: unversioned, value }]))

/**
 * The document when a session has ended in that epoch. Undefined when it says so already, or the session was restored.
 * Of a session that nobody knew of the end is noted all the same: a login that is late to publish must find it.
 */
export function withEnded(
  before: PresenceDocument,
  { id, epoch, expiresAt }: { readonly id: string; readonly epoch: number; readonly expiresAt: number },
  now: number,
): PresenceDocument | undefined {
  const known = before.clients[id] ?? { live: false, epoch: 0, openedAt: now, values: {} }
  if (known.epoch >= epoch) return undefined
  const values = known.live ? withValue(known.values, 'OnlineStatus', online(false)) : known.values
  const client: ClientPresence = { ...known, epoch, live: false, expiresAt, values }
  return next(before, { ...before, clients: pruned({ ...before.clients, [id]: client }, now) })
}

/**
 * The document with new values of a client's user. OnlineStatus is the server's to keep and is left as it is.
 *
 * @param keep leaves what the client has said itself
 * @returns undefined when nothing changes
 */
export function withValues(
  before: PresenceDocument,
  id: string,
  values: ReadonlyMap<string, PresenceValue>,
  keep = false,
): PresenceDocument | undefined {
  const known = before.clients[id]
  let own = known?.values ?? {}
  let shared = before.values
  for (const [name, value] of values) {
    if (name === 'OnlineStatus') continue
    const put = keep ? (old: PresenceValue | undefined) => old ?? value : value
    if (holds(perClientAttributes, name)) own = withValue(own, name, put)
    else shared = withValue(shared, name, put)
  }
  const clients = known ? { ...before.clients, [id]: { ...known, values: own } } : before.clients
  return next(before, { ...before, values: shared, clients })
}

/** Version of a value that is about to get its own. */
const unversioned = -1

function withValue(
  values: ClientPresence['values'],
  name: string,
  value: PresenceValue | ((old: PresenceValue | undefined) => PresenceValue),
): ClientPresence['values'] {
  const old = values[name]?.value
  const wanted = typeof value === 'function' ? value(old) : value
  return isDeepStrictEqual(old, wanted) ? values : { ...values, [name]: { at: unversioned, value: wanted } }
}

/**
 * Ended clients past their window go, those whose client has ended again since, and of the others the oldest that are
 * too many.
 */
function pruned(clients: PresenceDocument['clients'], now: number): PresenceDocument['clients'] {
  const all = Object.entries(clients).sort(newestFirst)
  const live = all.filter(([, one]) => one.live).slice(0, liveClientsMax)
  const ended = all.filter(([, one]) => !one.live && (one.expiresAt ?? 0) > now / 1000)
  const kept = new Set(
    byClient(ended)
      .map(([first]) => first!)
      .slice(0, endedClientsMax),
  )
  return Object.fromEntries([...live, ...ended.filter(([, one]) => kept.has(one))])
}

/** The sessions of each client, in the same order. A client that has logged in anew has several. */
export function byClient(sessions: readonly [string, ClientPresence][]): ClientPresence[][] {
  const clients = new Map<string, ClientPresence[]>()
  for (const [, session] of sessions) {
    const client = JSON.stringify(session.clientId ?? null)
    clients.set(client, [...(clients.get(client) ?? []), session])
  }
  return [...clients.values()]
}

/** Of those that came to life in the same millisecond the one that was last online, or went last, is the newest. */
const newestFirst = (a: [string, ClientPresence], b: [string, ClientPresence]) =>
  b[1].openedAt - a[1].openedAt || onlineAt(b[1]) - onlineAt(a[1]) || (a[0] < b[0] ? -1 : 1)

const onlineAt = ({ values }: ClientPresence): number => {
  const at = values.OnlineStatus?.at ?? 0
  return at === unversioned ? Number.MAX_SAFE_INTEGER : at
}

/** Gives a changed document its version. Undefined when it is as it was. */
function next(before: PresenceDocument, changed: PresenceDocument): PresenceDocument | undefined {
  if (isDeepStrictEqual(before, changed)) return undefined
  const version = before.version + 1
  const dated = (values: ClientPresence['values']) =>
    Object.fromEntries(
      Object.entries(values).map(([name, one]) => [name, one.at === unversioned ? { ...one, at: version } : one]),
    )
  const clients = Object.fromEntries(
    Object.entries(changed.clients).map(([id, one]) => [id, { ...one, values: dated(one.values) }]),
  )
  const after: PresenceDocument = { ...changed, version, values: dated(changed.values), clients }
  return { ...after, singleAt: { ...before.singleAt, ...newSingles(before, after) } }
}

function newSingles(before: PresenceDocument, after: PresenceDocument): Record<string, number> {
  const changed = perClientNames.filter((name) => !isDeepStrictEqual(single(before, name), single(after, name)))
  return Object.fromEntries(changed.map((name) => [name, after.version]))
}

const perClientNames = presenceAttributes.filter(({ perClient }) => perClient).map(({ name }) => name)

/** The clients with the newest first, live ones before all others. */
export const clientsOf = ({ clients }: PresenceDocument): [string, ClientPresence][] =>
  Object.entries(clients).sort((a, b) => Number(b[1].live) - Number(a[1].live) || newestFirst(a, b))

/** What 1.1 and 1.2 are shown of a client's attribute: that of the newest live client that has it, else of the newest. */
export function single(document: PresenceDocument, name: string): PresenceValue | undefined {
  const value = clientsOf(document).find(([, { values }]) => values[name])?.[1].values[name]?.value
  // A user without any client is not online, which is always known.
  return value ?? (name === 'OnlineStatus' ? online(false) : undefined)
}

/** The document with clients that are no longer live shown as what they are, before anybody came by to say so (R9). */
export function asOf(document: PresenceDocument, isLive: (sessionId: string) => boolean): PresenceDocument {
  const clients = Object.entries(document.clients).map(([id, one]): [string, ClientPresence] => {
    if (!one.live || isLive(id)) return [id, one]
    const status = { ...one.values.OnlineStatus!, value: online(false) }
    return [id, { ...one, live: false, values: { ...one.values, OnlineStatus: status } }]
  })
  return { ...document, clients: Object.fromEntries(clients) }
}

/** The attributes that have a value, of the user or of any client. Whether somebody is online is always known. */
export function attributesWithValues({ values, clients }: PresenceDocument): AttributeSet {
  const names = Object.values(clients).flatMap((client) => Object.keys(client.values))
  return attributeSet(['OnlineStatus', ...Object.keys(values), ...names])
}

/** What a document has in its newest version that is worth telling. */
export function changedIn(after: PresenceDocument): Changed {
  const isNew = (at: number | undefined) => at === after.version
  const newNames = (values: ClientPresence['values']) => Object.keys(values).filter((name) => isNew(values[name]!.at))
  const shared = attributeSet(newNames(after.values))
  const singles = attributeSet(Object.keys(after.singleAt).filter((name) => isNew(after.singleAt[name])))
  const ofClients = Object.values(after.clients).flatMap(({ values }) => newNames(values))
  return { single: shared | singles, perClient: shared | singles | attributeSet(ofClients) }
}

export const concerns = ({ single, perClient }: Changed): AttributeSet => single | perClient
