import { createHash } from 'node:crypto'
import { CspError } from '../csp/cspError.ts'
import type { LoginView } from '../store/accounts.ts'
import type { Village } from '../village.ts'
import type { Account, Challenge } from './account.ts'
import { digestFits } from './digests.ts'
import { addFailure, isLocked, lockWindow } from './lock.ts'
import { passwordFits } from './passwords.ts'
import { unseal } from './sealing.ts'

/** What a login shows: the password itself, or the digest of it and the nonce of the challenge it answers. */
export type Credentials =
  | { readonly password: string }
  | { readonly digestBytes: string; readonly open: readonly Challenge[] }

export type Verdict = 'ok' | 'wrong' | 'unknown' | 'disabled'

/** The key of names that can belong to nobody: they cost what others cost. */
const impossibleUser = ' '

/**
 * Checks a login's credentials. Unknown users cost what known ones do, and their wrong passwords are counted likewise.
 *
 * @param user the account's name; undefined when the UserID can be nobody's here
 * @param source the address that the request came from
 * @throws CspError 503 while the account is locked: the password is not looked at (R5b)
 */
export async function authenticate(
  village: Village,
  user: string | undefined,
  credentials: Credentials,
  source: string,
): Promise<{ verdict: Verdict; view: LoginView }> {
  const name = user ?? impossibleUser
  const view = await village.store.accounts.loginView(name)
  if (isLocked(village.now(), view.failures)) throw locked()
  if (!(await fits(village, view.account, credentials))) {
    // A digest can fit nothing where no sealed password is: that says nothing about what the user knows.
    const isBlind = 'digestBytes' in credentials && view.account !== undefined && view.account.sealed === undefined
    if (!isBlind) await countFailure(village, name, view, source)
    return { verdict: view.account ? 'wrong' : 'unknown', view }
  }
  // Of a burst of guesses the right one must not get through once the others have locked the account.
  if (isLocked(village.now(), await village.store.accounts.failures(name))) throw locked()
  return { verdict: view.account?.disabled ? 'disabled' : 'ok', view }
}

async function fits(village: Village, account: Account | undefined, credentials: Credentials): Promise<boolean> {
  if ('password' in credentials) return passwordFits(credentials.password, account?.password)
  const { digestBytes, open } = credentials
  const keys = await village.sealingKeys()
  const password = account?.sealed ? unseal(account.sealed, account.accountId, keys) : ''
  const fitting = open.filter(({ schema, nonce }) => digestFits(digestBytes, schema, nonce, password))
  return fitting.length > 0 && account?.sealed !== undefined
}

const locked = () => new CspError(503, 'Too many wrong passwords; try again later')

const sourceTag = (user: string, source: string) =>
  createHash('sha256').update(`${user} ${source}`).digest('base64url').slice(0, 8)

async function countFailure(village: Village, user: string, view: LoginView, source: string): Promise<void> {
  let { failures } = view
  for (let attempt = 0; attempt < 8; attempt++) {
    const now = village.now()
    const counted = addFailure(now, failures, sourceTag(user, source))
    const expiresAt = Math.ceil((now + lockWindow) / 1000)
    if (await village.store.accounts.replaceFailures(user, counted, failures, expiresAt)) {
      if (counted.lockedUntil !== undefined) village.log.warn('account locked', { user })
      return
    }
    failures = (await village.store.accounts.loginView(user)).failures
    if (isLocked(now, failures)) throw locked()
  }
  // So many wrong passwords at once that this one could not be counted: it must not be answered either.
  throw locked()
}
