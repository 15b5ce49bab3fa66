import type { Account, Challenges, Failures } from '../accounts/account.ts'
import { inLots } from '../presence/lots.ts'
import {
  accountKey,
  accountPk,
  accountSessionKey,
  clientKey,
  failuresKey,
  idOfSession,
  inboxSkPrefix,
  nonceKey,
  presenceKey,
  removalKey,
  sweepShardOf,
  userOfAccount,
} from './keys.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, ConditionFailed, type Item, ignoreFailedCondition, type Table, type Value } from './table.ts'
import type { Writes } from './writes.ts'

/** The session that a client of the user has. */
export interface ClientEntry {
  readonly sessionId: string
  readonly accountId: string
  /** The one before it: still live, perhaps, when a login has died between its claim and its session. */
  readonly previous?: string
}

/** What a login reads of an account, in one strong Query. */
export interface LoginView {
  readonly account?: Account
  /** The user's sessions by the sort key of their client. */
  readonly clients: ReadonlyMap<string, ClientEntry>
  readonly failures?: Failures & { readonly writeId: string }
}

/** An item as it was read, with the id of the write that made it. */
export type Written<Record> = Record & { readonly writeId?: string }

/** Who an open challenge was given to (clients.md 13). */
export interface ChallengedClient {
  readonly user: string
  readonly client?: string
  readonly cookie?: string
}

const storeFields = new Set(['pk', 'sk', 'schemaVersion', 'writeId', 'sweepShard', 'sweepAt', 'expiresAt'])

const toAccount = (item: Item): Account =>
  Object.fromEntries([
    ...Object.entries(item).filter(([name]) => !storeFields.has(name)),
    ['user', userOfAccount(item.pk)],
  ]) as unknown as Account

const toRecord = ({ user: _, ...rest }: Account): Record<string, Value> =>
  Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Record<string, Value>

/** Accounts in the table, their locks, challenges and lists of sessions. `now` is milliseconds since 1970. */
export class AccountStore {
  readonly #table: Table
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
    this.#table = writes.table
  }

  async read(user: string): Promise<Account | undefined> {
    const item = await this.#table.get(accountKey(user), true)
    return item && toAccount(item)
  }

  /** Account, clients and failures: one strong Query. */
  async loginView(user: string): Promise<LoginView> {
    const items = await this.#table.query({ pk: accountPk(user), from: 'account', to: 'failures', consistent: true })
    const account = items.find((item) => item.sk === 'account')
    const failures = items.find((item) => item.sk === 'failures')
    const clients = items.filter((item) => item.sk.startsWith('client#'))
    return {
      ...(account && { account: toAccount(account) }),
      clients: new Map(clients.map((item) => [item.sk, item as unknown as ClientEntry])),
      ...(failures && { failures: failures as unknown as LoginView['failures'] }),
    }
  }

  /** The session that a session's client has now. */
  clientOf(
    clients: LoginView['clients'],
    { user, client }: { readonly user: string; readonly client?: string },
  ): ClientEntry | undefined {
    return clients.get(clientKey(user, client).sk)
  }

  /** True when a client of the account has logged in of late. Strong. */
  async hasClient(user: string, accountId: string, client: string): Promise<boolean> {
    return (await this.#table.get(clientKey(user, client), true))?.accountId === accountId
  }

  /** @throws ConditionFailed when the name is taken */
  async create(account: Account): Promise<void> {
    await this.#writes.put({ ...accountKey(account.user), schemaVersion, ...toRecord(account) }, [
      attribute('pk').isMissing,
    ])
  }

  /**
   * Changes an account; undefined removes.
   *
   * @param finishAt when the sweeper looks again whether the consequences are done
   * @throws ConditionFailed when the account is no longer that one
   */
  async change(account: Account, change: Partial<Account>, finishAt?: number): Promise<void> {
    const sweep = finishAt === undefined ? {} : { sweepShard: sweepShardOf(accountPk(account.user)), sweepAt: finishAt }
    const set = { ...(change as Record<string, Value | undefined>), ...sweep }
    await this.#writes.update(accountKey(account.user), { set }, [attribute('accountId').is(account.accountId)])
  }

  /** Nothing is left for the sweeper to do. */
  async settle(account: Account, due: number): Promise<void> {
    const condition = [attribute('accountId').is(account.accountId), attribute('sweepAt').isAtMost(due)]
    try {
      await this.#writes.update(accountKey(account.user), { remove: ['sweepShard', 'sweepAt'] }, condition)
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
    }
  }

  async remove(account: Account): Promise<void> {
    // Not there, or another's by now: removed all the same, perhaps by this very call.
    const own = [attribute('accountId').is(account.accountId)]
    await this.#table.delete(accountKey(account.user), own).catch(ignoreFailedCondition)
  }

  /** The SessionIDs of every session that an incarnation of the account ever had and that was not collected yet. */
  async sessionIds(user: string, accountId?: string): Promise<string[]> {
    const range = accountSessionKey(user, '')
    const items = await this.#table.query({ pk: range.pk, from: range.sk, to: `${range.sk}~`, consistent: true })
    return items
      .filter((item) => accountId === undefined || item.accountId === accountId)
      .map((item) => idOfSession(item.sk))
  }

  /** Removes the entries of an incarnation's clients. */
  async removeClients({ user, accountId }: Pick<Account, 'user' | 'accountId'>): Promise<void> {
    const { clients } = await this.loginView(user)
    const own = [...clients].filter(([, client]) => client.accountId === accountId)
    const stillOwn = [attribute('accountId').is(accountId)]
    await Promise.all(
      own.map(([sk]) => this.#table.delete({ pk: accountPk(user), sk }, stillOwn).catch(ignoreFailedCondition)),
    )
  }

  /** Removes everything that belongs to an incarnation: presence, contact lists, authorisations, watchers. */
  async removeBelongings({ accountId }: Pick<Account, 'accountId'>): Promise<void> {
    const { pk } = presenceKey(accountId)
    const items = await this.#table.query({ pk, consistent: true })
    // The inbox is for those to clear who see to the reports that others wait for.
    const own = items.filter(({ sk }) => !sk.startsWith(inboxSkPrefix))
    await inLots(own, ({ sk }) => this.#table.delete({ pk, sk }))
  }

  /** Notes that an account is being removed, for the sweeper to look once more. @param finishAt milliseconds since 1970 */
  async leaveRemoval({ user, accountId }: Account, finishAt: number): Promise<void> {
    const key = removalKey(user, accountId)
    await this.#table.put({ ...key, schemaVersion, sweepShard: sweepShardOf(key.pk), sweepAt: finishAt })
  }

  async forgetRemoval({ user, accountId }: Pick<Account, 'user' | 'accountId'>): Promise<void> {
    await this.#table.delete(removalKey(user, accountId))
  }

  /**
   * Writes the failures in place of those that were read.
   *
   * @returns false when another invocation was faster; then they have to be read again
   */
  async replaceFailures(
    user: string,
    failures: Failures,
    replaced: { readonly writeId: string } | undefined,
    expiresAt: number,
  ): Promise<boolean> {
    return this.#replace({ ...failuresKey(user), schemaVersion, ...definedFailures(failures), expiresAt }, replaced)
  }

  /** Strong. */
  async failures(user: string): Promise<Failures | undefined> {
    return (await this.#table.get(failuresKey(user), true)) as unknown as Failures | undefined
  }

  async clearFailures(user: string): Promise<void> {
    await this.#table.delete(failuresKey(user))
  }

  /** Strong. */
  async readChallenges(of: ChallengedClient): Promise<Written<Challenges> | undefined> {
    return (await this.#table.get(challengesKey(of), true)) as unknown as Written<Challenges> | undefined
  }

  /** @returns false when another invocation was faster than this one since it read `replaced` */
  replaceChallenges(
    of: ChallengedClient,
    challenges: Challenges,
    replaced: Written<object> | undefined,
    expiresAt: number,
  ): Promise<boolean> {
    return this.#replace(toChallengesItem(of, challenges, expiresAt), replaced)
  }

  /** Takes the challenges away, so that no nonce is ever looked at twice: one conditional delete. */
  async consumeChallenges(of: ChallengedClient): Promise<Challenges | undefined> {
    const taken = this.#table.delete(challengesKey(of), [attribute('open').isPresent])
    return (await taken.catch(ignoreFailedCondition)) as unknown as Challenges | undefined
  }

  /** Writes an item in place of one that was read. @returns false when that is no longer there */
  async #replace(item: Item, replaced: Written<object> | undefined): Promise<boolean> {
    const condition = replaced ? attribute('writeId').is(replaced.writeId ?? '') : attribute('pk').isMissing
    return (await this.#writes.put(item, [condition]).catch(ignoreFailedCondition)) !== undefined
  }

  /** Every account, for the operator's command. */
  async *all(): AsyncIterable<Account> {
    for await (const item of this.#table.scan()) if (item.sk === 'account') yield toAccount(item)
  }
}

const challengesKey = ({ user, client, cookie }: ChallengedClient) => nonceKey(user, client, cookie)

const toChallengesItem = (of: ChallengedClient, challenges: Challenges, expiresAt: number): Item => ({
  ...challengesKey(of),
  schemaVersion,
  ...(challenges as unknown as Record<string, Value>),
  expiresAt,
})

const definedFailures = ({ attempts, lockedUntil }: Failures): Record<string, Value> => ({
  attempts: attempts as unknown as Value,
  ...(lockedUntil !== undefined && { lockedUntil }),
})
