import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'
import type { Group } from './group.ts'

// There are no joined users yet, so nobody has a screen name.

/** True when somebody in the group has that screen name. */
export async function isScreenNameIn(_village: Village, _group: Group, _name: string): Promise<boolean> {
  return false
}

/** True when the user is in the group under that screen name. */
export async function isJoinedAs(_village: Village, _group: Group, _user: Owner, _name: string): Promise<boolean> {
  return false
}
