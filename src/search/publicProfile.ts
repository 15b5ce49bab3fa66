import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import type { PublicProfile } from './profile.ts'

const text = (most: number) => (value: string) => [...value].length <= most && !/\p{Cc}/u.test(value)
const isAge = (value: string) => /^\d{1,3}$/.test(value)

/** The properties of a public profile, and what may be said in them. */
const properties: Readonly<Record<string, (value: string) => boolean>> = {
  PP_AGE: isAge,
  PP_CITY: text(80),
  PP_COUNTRY: text(80),
  PP_FRIENDLY_NAME: text(80),
  PP_FREE_TEXT: text(500),
  PP_GENDER: text(20),
  PP_INTENTION: text(80),
  PP_INTERESTS: text(80),
  PP_MARITAL_STATUS: text(20),
}

/**
 * What a PublicProfile changes; an empty value takes a property away.
 *
 * @throws CspError 702 for a property that there is not, or a value that is none of its kind or too long
 */
export function parseProfile(profile: Element | undefined): ReadonlyMap<string, string> {
  const changes = new Map<string, string>()
  for (const property of profile?.all('Property') ?? []) {
    const name = property.textOf('Name') ?? ''
    const isValid = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!isValid) throw new CspError(702, 'Name is none of a property of a public profile')
    const value = property.textOf('Value') ?? ''
    if (value !== '' && !isValid(value)) throw new CspError(702, `Value of ${name} is not valid`)
    changes.set(name, value)
  }
  return changes
}

/** The profile with these changes. */
export const changedProfile = (before: PublicProfile, changes: ReadonlyMap<string, string>): PublicProfile =>
  Object.fromEntries(Object.entries({ ...before, ...Object.fromEntries(changes) }).filter(([, value]) => value !== ''))
