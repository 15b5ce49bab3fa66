/** The versions of the Client-Server Protocol that this service speaks, oldest first. */
export const versions = ['1.1', '1.2', '1.3'] as const

export type Version = (typeof versions)[number]

/** The version in which an answer is written when the request's own is not known (505 and version discovery). */
export const highestVersion: Version = '1.3'

/** The three vocabularies of one version: the envelope (session), the primitives (transaction) and presence. */
export interface Namespaces {
  readonly session: string
  readonly transaction: string
  readonly presence: string
}

export const namespaces: Readonly<Record<Version, Namespaces>> = {
  '1.1': {
    session: 'http://www.wireless-village.org/CSP1.1',
    transaction: 'http://www.wireless-village.org/TRC1.1',
    presence: 'http://www.wireless-village.org/PA1.1',
  },
  '1.2': {
    session: 'http://www.openmobilealliance.org/DTD/WV-CSP1.2',
    transaction: 'http://www.openmobilealliance.org/DTD/WV-TRC1.2',
    presence: 'http://www.openmobilealliance.org/DTD/WV-PA1.2',
  },
  '1.3': {
    session: 'http://www.openmobilealliance.org/DTD/IMPS-CSP1.3',
    transaction: 'http://www.openmobilealliance.org/DTD/IMPS-TRC1.3',
    presence: 'http://www.openmobilealliance.org/DTD/IMPS-PA1.3',
  },
}

/** The version in which a message is read and answered: one that is not spoken as the highest. */
export const spokenVersion = (version: Version | 'unsupported'): Version =>
  version === 'unsupported' ? highestVersion : version

/** True when `version` is `least` or later. */
export const isAtLeast = (version: Version, least: Version): boolean =>
  versions.indexOf(version) >= versions.indexOf(least)

/**
 * The CSP version that an envelope namespace names.
 *
 * COMPAT(Nokia S60): a 1.2 client leaves `/DTD` out of the address, so only the ending counts: `CSP1.2`.
 *
 * @returns the version; `'unsupported'` for a CSP namespace of another version; undefined for what is no CSP namespace
 */
export function versionOfNamespace(namespace: string): Version | 'unsupported' | undefined {
  const ending = /CSP(\d+\.\d+)?\/?$/.exec(namespace.trim())
  if (!ending) return undefined
  return versions.find((version) => version === ending[1]) ?? 'unsupported'
}
