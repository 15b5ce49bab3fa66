import type { PresenceDocument } from '../presence/document.ts'
import type { Owner } from '../presence/subscription.ts'
import { postedName, userEntryKey } from '../store/keys.ts'
import type { Village } from '../village.ts'
import { type Listing, list, type Place, unlist } from './listing.ts'
import { type PublicProfile, textsOfUser, type UserEntry, type UserFacts } from './profile.ts'

/** A user in the directory, without what the index needs. */
export type UserRecord = Omit<UserEntry, keyof Listing>

const placeOf = ({ user, accountId }: Owner): Place => ({
  kind: 'user',
  key: userEntryKey(accountId),
  name: postedName(user, accountId),
})

/** What the directory has of a user. Strong. */
export const userEntry = (
  { store }: Village,
  { accountId }: Pick<Owner, 'accountId'>,
): Promise<UserEntry | undefined> => store.directory.read<UserEntry>(userEntryKey(accountId))

/** Changes what the operator says of a user; undefined takes away. */
export const changeFacts = (village: Village, owner: Owner, facts: UserFacts): Promise<void> =>
  change(village, owner, (before) => ({ ...before, ...facts }))

/** Changes the public profile of a user. */
export const changeProfile = (
  village: Village,
  owner: Owner,
  profile: (before: PublicProfile) => PublicProfile,
): Promise<void> => change(village, owner, (before) => ({ ...before, profile: profile(before.profile) }))

async function change(village: Village, owner: Owner, next: (before: UserRecord) => UserRecord): Promise<void> {
  const { user, accountId } = owner
  await list<UserEntry>(village, placeOf(owner), async (before) => {
    const { states: _, version: __, ...record } = before ?? { user, accountId, profile: {}, states: [], version: 0 }
    return wanted(village, withoutUndefined(next(record)))
  })
}

const withoutUndefined = (record: UserRecord): UserRecord =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as UserRecord

/** The Alias is read after the entry: a change of both at a time is then seen by one of them. */
async function wanted({ store }: Village, entry: UserRecord) {
  const document: PresenceDocument | undefined = entry.searchable
    ? await store.presence.read(entry.accountId)
    : undefined
  return { entry, texts: textsOfUser(entry, document) }
}

/**
 * Changes presence values among which is the Alias, by which a user may be found. The entry is marked first, so that the
 * sweeper brings the index up to date when the call dies in between.
 */
export async function withAlias(village: Village, owner: Owner, act: () => Promise<void>): Promise<void> {
  const isListed = await village.store.directory.expectAlias(owner.accountId, village.now())
  await act()
  if (isListed) await refreshUser(village, owner)
}

/** Brings what is in the index up to what is said of a user now. */
export async function refreshUser(village: Village, { accountId }: Pick<Owner, 'accountId'>): Promise<void> {
  const entry = await userEntry(village, { accountId })
  if (entry) await change(village, entry, (before) => before)
}

/** Takes a user out of the index, before the entry is removed. */
export const unlistUser = (village: Village, owner: Owner): Promise<boolean> => unlist(village, placeOf(owner))
