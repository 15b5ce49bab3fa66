import type { Account } from '../../src/accounts/account.ts'
import { unpackFunctions } from '../../src/csp/services.ts'
import { openGap } from '../../src/groups/gaps.ts'
import { notificationsOf } from '../../src/notifications/types.ts'
import type { Session } from '../../src/session/session.ts'
import type { Village } from '../../src/village.ts'
import { belongingsOf } from '../belongings.ts'
import type { Command } from '../command.ts'
import { accountFacts, lockedUntil, sessionFacts, time } from '../facts.ts'
import { groupBelongingsOf } from '../groupBelongings.ts'
import { findAccount } from '../names.ts'
import { sessionsOf } from '../sessions.ts'

export const accountExport: Command = {
  name: 'account export',
  usage: '[NAME] [--full]',
  takes: [0, 1],
  summary: 'writes what is stored about an account, or about all of them, as JSON',
  details: [
    'For a user who asks for a copy of what is stored, and for an operator who wants the facts on file.',
    'It holds: names, status, times, wrong passwords of late; presence, contact lists, what was said of others and who watches;',
    'groups that the user has made, with their members; what the user has said of groups for himself; invitations;',
    'sessions with what was agreed in them, what they watch, where they are joined, and what waits in them.',
    'It leaves out the messages that wait for a user, which are for the user to fetch, and what was said in groups.',
    "Membership of others' groups stands with those: group show.",
    'It leaves out what would let its reader in: passwords in every form, challenges, whole SessionIDs and cookies.',
    'So it is no backup that accounts could be restored from: that is what point-in-time recovery of the table is for.',
  ],
  options: { full: { help: 'with whole SessionIDs and cookies: whoever reads it can use the sessions' } },
  async run({ village }, { args, isSet }) {
    const found = args[0] === undefined ? await allAccounts(village) : [await findAccount(village, args[0])]
    const accounts: unknown[] = []
    for (const account of found) accounts.push(await exportAccount(village, account, isSet('full')))
    const data = { exported: time(village.now()), domain: village.settings.domain, accounts }
    return { data, lines: JSON.stringify(data, null, 2).split('\n') }
  },
}

async function allAccounts({ store }: Village): Promise<Account[]> {
  const accounts: Account[] = []
  for await (const account of store.accounts.all()) accounts.push(account)
  return accounts.sort((a, b) => (a.user < b.user ? -1 : 1))
}

async function exportAccount(village: Village, account: Account, full: boolean): Promise<unknown> {
  const { failures } = await village.store.accounts.loginView(account.user)
  const sessions: unknown[] = []
  for (const session of await sessionsOf(village, account.user)) {
    sessions.push(await exportSession(village, session, full))
  }
  return {
    ...accountFacts(village, account),
    lockedUntil: (await lockedUntil(village, account.user)) ?? null,
    wrongPasswords: (failures?.attempts ?? []).map(({ at }) => time(at)),
    ...(await belongingsOf(village, account)),
    ...(await groupBelongingsOf(village, account)),
    sessions,
  }
}

async function exportSession(village: Village, session: Session, full: boolean): Promise<unknown> {
  const snapshot = await village.store.sessions.snapshot(session.id)
  const { subscriptions = [], autoSubscriptions = [] } = snapshot?.watched ?? {}
  return {
    ...sessionFacts(village, session, full),
    ...(full && { cookie: session.cookie ?? null }),
    clientId: session.clientId ?? null,
    agreedFunctions: session.functions === undefined ? null : [...unpackFunctions(session.functions)].sort(),
    agreedCapabilities: snapshot?.cold.capabilities ?? session.capabilities ?? null,
    deliveryMethod: session.delivery ?? null,
    deliveryMethodsOfGroups: snapshot?.cold.groupDelivery ?? [],
    waiting: (snapshot?.queue ?? []).map(({ kind, data }) => ({ kind, data })),
    presenceWaitingOf: (snapshot?.slots ?? []).map(({ user }) => user),
    notifiedOf: notificationsOf(session.notifications),
    watches: subscriptions.filter(({ off }) => !off).map(({ address }) => address),
    followsLists: autoSubscriptions.length,
    joined: Object.values(session.groups ?? {}).flatMap((place) => (openGap(place) ? [] : [place.address])),
  }
}
