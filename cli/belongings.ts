import type { Account } from '../src/accounts/account.ts'
import { attributesOf } from '../src/presence/attributes.ts'
import type { ClientPresence } from '../src/presence/document.ts'
import type { Village } from '../src/village.ts'
import { directoryFacts, time } from './facts.ts'

/** What belongs to a user besides the account and its sessions: presence, contact lists, what was said of others. */
export async function belongingsOf({ store }: Village, { accountId }: Account): Promise<Record<string, unknown>> {
  const [{ document, access, entry }, relations, questions, watchers, past] = await Promise.all([
    store.directory.view(accountId, true),
    store.access.relations(accountId),
    store.access.questions(accountId),
    store.subscriptions.watchers(accountId),
    store.subscriptions.past(accountId),
  ])
  const { lists, defaultList, attributes, blockListInUse = false, grantListInUse = false, blocked, granted } = access
  return {
    directory: directoryFacts(entry),
    publicProfile: entry?.profile ?? {},
    presence: {
      user: valuesOf(document?.values ?? {}),
      clients: Object.values(document?.clients ?? {}).map(({ live, clientId, values }) => ({
        live,
        clientId: clientId ?? null,
        values: valuesOf(values),
      })),
    },
    contactLists: Object.entries(lists).map(([name, list]) => ({
      address: list.address,
      displayName: list.displayName ?? null,
      default: name === defaultList,
      maySee: namesOf(list.attributes),
      contacts: [...relations.values()].flatMap(({ value: { names, address } }) =>
        names?.[list.id] === undefined ? [] : [{ address, name: names[list.id] }],
      ),
    })),
    everybodyElseMaySee: namesOf(attributes),
    others: [...relations.values()].map(({ value }) => ({
      address: value.address,
      maySee: namesOf(value.attributes),
      answer: value.answer ?? null,
      answerMaySee: namesOf(value.answerAttributes),
      blocked: value.blocked ?? false,
      granted: value.granted ?? false,
    })),
    blockList: { inUse: blockListInUse, entities: blocked ?? {} },
    grantList: { inUse: grantListInUse, entities: granted ?? {} },
    waitForAuthorisation: questions.map(({ user, askedAt }) => ({ user, askedAt: time(askedAt) })),
    watchedBy: [...new Set(watchers.map(({ user }) => user))],
    watchedOrReadBefore: past.map(({ user, watchedAt, readAt }) => ({
      user,
      watched: watchedAt === undefined ? null : time(watchedAt),
      read: readAt === undefined ? null : time(readAt),
    })),
  }
}

const valuesOf = (values: ClientPresence['values']) =>
  Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]))

const namesOf = (set: number | undefined): string[] | null =>
  set === undefined ? null : attributesOf(set).map(({ name }) => name)
