import type { PresenceDocument } from '../presence/document.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Texts } from './elements.ts'
import type { Listing } from './listing.ts'
import { digitsOf, fold } from './texts.ts'

/** What the operator says of a user. */
export interface UserFacts {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly mobile?: string
  /**
   * True: the user may be found by all of this, the name, and the Alias. False: not at all. Absent, which is how every
   * account begins: only by what the user has said in a public profile.
   */
  readonly searchable?: boolean
}

/** What a user says to everybody (1.3's public profile), by the name of the property. */
export type PublicProfile = Readonly<Record<string, string>>

/** A user in the directory. */
export interface UserEntry extends Listing, Owner, UserFacts {
  readonly profile: PublicProfile
}

/** The properties of a public profile by which one is found, and the search elements that they stand for. */
const elementsOfProfile: Readonly<Record<string, string>> = {
  PP_CITY: 'USER_CITY',
  PP_COUNTRY: 'USER_COUNTRY',
  PP_FRIENDLY_NAME: 'USER_FRIENDLY_NAME',
  PP_GENDER: 'USER_GENDER',
  PP_INTENTION: 'USER_INTENTION',
  PP_INTERESTS: 'USER_INTERESTS_HOBBIES',
  PP_MARITAL_STATUS: 'USER_MARITAL_STATUS',
}

/** A user whose name is a telephone number has that number. */
const isNumber = /^\+?\d{5,}$/

/** The texts by which a user may be found. @param document the presence values, for the Alias */
export function textsOfUser(entry: Omit<UserEntry, keyof Listing>, document: PresenceDocument | undefined): Texts {
  const { user, firstName, lastName, email, mobile, profile, searchable } = entry
  if (searchable === false) return {}
  const ofProfile = Object.entries(elementsOfProfile).map(([property, element]) => [element, profile[property]])
  const said = searchable
    ? {
        USER_ID: user,
        USER_FIRST_NAME: firstName,
        USER_LAST_NAME: lastName,
        USER_EMAIL_ADDRESS: email,
        USER_ALIAS: aliasIn(document),
      }
    : {}
  const number = searchable ? (mobile ?? (isNumber.test(user) ? user : undefined)) : undefined
  return withoutEmpty([
    ...[...Object.entries(said), ...ofProfile].map(([name, text]) => [name!, fold(text ?? '')] as const),
    ['USER_MOBILE_NUMBER', digitsOf(number ?? '')],
  ])
}

function aliasIn(document: PresenceDocument | undefined): string | undefined {
  const value = document?.values.Alias?.value
  const alias = value?.Qualifier === 'T' ? value.PresenceValue : undefined
  return typeof alias === 'string' ? alias : undefined
}

const withoutEmpty = (texts: readonly (readonly [string, string])[]): Texts =>
  Object.fromEntries(texts.filter(([, text]) => text !== ''))

/** The age that a user has said to be of. */
export const ageOf = ({ profile, searchable }: UserEntry): number | undefined =>
  profile.PP_AGE === undefined || searchable === false ? undefined : Number(profile.PP_AGE)
