import { removeOwned } from '../groups/removing.ts'
import { returnMail } from '../messaging/expiry.ts'
import { randomText } from '../randomText.ts'
import { unlistUser } from '../search/userDirectory.ts'
import { endSession, finishEnding } from '../session/ending.ts'
import { repairDelay } from '../store/sessionItem.ts'
import { ignoreFailedCondition } from '../store/table.ts'
import type { Village } from '../village.ts'
import type { Account } from './account.ts'
import { hashPassword } from './passwords.ts'
import { seal } from './sealing.ts'

/** The password records of an account: the hash, and where 4-way login is on the sealed password. */
async function passwordRecords(
  village: Village,
  password: string,
  accountId: string,
): Promise<Pick<Account, 'password' | 'sealed'>> {
  const hashed = await hashPassword(password, village.random)
  if (!village.settings.fourWayLogin) return { password: hashed, sealed: undefined }
  return { password: hashed, sealed: seal(password, accountId, await village.sealingKeys(), village.random) }
}

/** @throws ConditionFailed when the name is taken */
export async function addAccount(village: Village, user: string, password: string): Promise<Account> {
  const accountId = randomText(village.random, 12)
  const now = village.now()
  const account: Account = {
    user,
    accountId,
    createdAt: now,
    passwordSetAt: now,
    ...(await passwordRecords(village, password, accountId)),
  }
  await village.store.accounts.create(account)
  return account
}

/** Sets a new password and lifts a lock. Sessions go on: whoever holds one has shown the old password. */
export async function setPassword(village: Village, account: Account, password: string): Promise<void> {
  const records = await passwordRecords(village, password, account.accountId)
  await village.store.accounts.change(account, { ...records, passwordSetAt: village.now() })
  await village.store.accounts.clearFailures(account.user)
}

/**
 * Disables an account: its sessions are disconnected (601) and keep their window, and it is refused until it is enabled
 * again. A login that is under way at this moment may still make a session, so the sweeper looks once more when no
 * invocation of now can be running.
 */
export async function disableAccount(village: Village, account: Account): Promise<void> {
  await village.store.accounts.change(account, { disabled: true }, village.now() + repairDelay * 1000)
  await disconnectAll(village, account)
}

/** Forgets the sealed password: what is left cannot be opened again by anybody. 4-way login ends for the account. */
export async function unsealAccount(village: Village, account: Account): Promise<void> {
  // Where the account was removed meanwhile nothing is left to forget.
  await village.store.accounts.change(account, { sealed: undefined }).catch(ignoreFailedCondition)
}

/** Lets a disabled account in again, and lifts a lock. */
export async function enableAccount(village: Village, account: Account): Promise<void> {
  await village.store.accounts.change(account, { disabled: undefined })
  await village.store.accounts.clearFailures(account.user)
}

/**
 * Removes an account and its sessions. A note of the removal is left for the sweeper, which looks once more when no
 * login of now can be running. A new account of the same name inherits nothing: its sessions carry another id.
 */
export async function removeAccount(village: Village, account: Account): Promise<void> {
  const { accounts } = village.store
  await accounts.leaveRemoval(account, village.now() + repairDelay * 1000)
  await accounts.remove(account)
  await accounts.clearFailures(account.user)
  await clearAway(village, account)
}

/** The sweeper's part of a removal. */
export async function finishRemoval(village: Village, removed: Pick<Account, 'user' | 'accountId'>): Promise<void> {
  await clearAway(village, removed)
  await village.store.accounts.forgetRemoval(removed)
}

async function clearAway(village: Village, removed: Pick<Account, 'user' | 'accountId'>): Promise<void> {
  const ids = await disconnectAll(village, removed)
  await Promise.all(ids.map((id) => village.store.sessions.remove(removed.user, id)))
  await village.store.accounts.removeClients(removed)
  await returnMail(village, removed)
  await unlistUser(village, removed)
  await removeOwned(village, removed.accountId)
  await village.store.accounts.removeBelongings(removed)
}

/** The sweeper's part of a change: what the change may have missed. */
export async function finishAccount(village: Village, user: string): Promise<void> {
  const account = await village.store.accounts.read(user)
  if (!account) return
  const now = village.now()
  if (account.disabled) await disconnectAll(village, account)
  await village.store.accounts.settle(account, now)
}

async function disconnectAll(
  village: Village,
  { user, accountId }: Pick<Account, 'user' | 'accountId'>,
): Promise<string[]> {
  const ids = await village.store.accounts.sessionIds(user, accountId)
  for (const id of ids) {
    const found = await village.store.sessions.read(id)
    if (found?.session.accountId !== accountId) continue
    // The call that was to end it may have died: nobody finds what follows any more when the session is removed.
    if (found.session.state === 'ending') await finishEnding(village, found)
    else await endSession(village, found.session, 'disconnect')
  }
  return ids
}
