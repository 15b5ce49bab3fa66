import { resourceOf } from '../csp/address.ts'
import { CspError } from '../csp/cspError.ts'
import { randomText } from '../randomText.ts'
import { expectGroup, indexGroup } from '../search/groupDirectory.ts'
import type { Session } from '../session/session.ts'
import { sentHash } from '../store/keys.ts'
import { ConditionFailed } from '../store/table.ts'
import type { Village } from '../village.ts'
import type { Group, GroupProperties } from './group.ts'

/** A group that is about to be made. */
export interface NewGroup {
  readonly key: string
  /** As the client wrote it, `wv:` in front. */
  readonly address: string
  readonly properties: { readonly [Name in keyof GroupProperties]?: GroupProperties[Name] | undefined }
  /** What makes the request the same as another: repeated, its answer was lost. */
  readonly request?: readonly string[]
}

/** What a group is, unless whoever makes it says otherwise. */
export const defaults: Omit<GroupProperties, 'name'> = {
  restricted: false,
  type: 'Private',
  privateMessaging: true,
  searchable: false,
  autoDelete: false,
  history: false,
}

/**
 * Makes a group of the service, which no user owns and of which nobody is a member yet.
 *
 * @returns undefined when there is a group of that name
 */
export async function createServiceGroup(village: Village, made: NewGroup): Promise<Group | undefined> {
  const group = newGroup(village, { ...made, properties: { type: 'Public', ...made.properties } })
  return create(village, group)
}

/**
 * Makes a group of a user, who is its Admin.
 *
 * @returns undefined when there is a group of that name. @throws CspError 814 when the user has too many
 */
export async function createGroup(village: Village, creator: Session, made: NewGroup): Promise<Group | undefined> {
  const { groups, members } = village.store
  const { user, accountId } = creator
  const request = made.request && sentHash(creator.id, ...made.request)
  const owned = await groups.owned(accountId)
  if (!owned.includes(made.key) && owned.length >= village.settings.groupsMax) throw new CspError(814)
  const group = { ...newGroup(village, made), owner: { user, accountId }, ...(request && { request }) }
  return create(village, group, ({ id }) =>
    members.put(id, { user, accountId, address: `wv:${user}`, privilege: 'Admin' }),
  )
}

function newGroup({ random, now }: Village, { key, address, properties }: NewGroup): Group {
  const createdAt = now()
  const id = randomText(random, 9)
  return {
    ...defaults,
    name: resourceOf(address),
    ...properties,
    id,
    key,
    address,
    createdAt,
    version: 1,
    floor: createdAt,
  }
}

async function create(
  village: Village,
  group: Group,
  settle: (created: Group) => Promise<void> = async () => {},
): Promise<Group | undefined> {
  const { groups } = village.store
  const { key, request } = group
  if (group.searchable) await expectGroup(village, group)
  const created = await groups.create(group).then(
    () => group,
    async (error) => {
      if (!(error instanceof ConditionFailed)) throw error
      const there = await groups.read(key)
      // The same request once more: its call has died, or its answer was lost.
      return request !== undefined && there?.request === request && !there.deleting ? there : undefined
    },
  )
  if (!created) return undefined
  await settle(created)
  // Of a new group that is not to be found there is nothing to find.
  if (created.searchable) await indexGroup(village, created)
  return created
}
