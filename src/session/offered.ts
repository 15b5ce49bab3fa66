import { CspError } from '../csp/cspError.ts'
import { unpackFunctions } from '../csp/services.ts'
import { versions as allVersions, isAtLeast, type Version } from '../csp/versions.ts'
import type { Settings } from '../settings.ts'
import { functionsOf } from './serviceNegotiation.ts'
import type { Session } from './session.ts'

/** What a transaction says of itself, as far as the service tree is concerned. */
export interface ServedFunction {
  readonly service?: string | Partial<Record<Version, string>>
  readonly versions: readonly Version[]
}

/** The service code of a function in a version. */
export function serviceOf({ service }: Pick<ServedFunction, 'service'>, version: Version): string | undefined {
  if (service === undefined || typeof service === 'string') return service
  const newest = allVersions.filter((one) => service[one] !== undefined && isAtLeast(version, one)).at(-1)
  return newest && service[newest]
}

/** The service codes on offer in a version: those of the transactions that exist, less what the operator has switched off. */
export function offeredFunctions(
  transactions: Iterable<ServedFunction>,
  version: Version,
  { servicesDisabled }: Settings,
): Set<string> {
  const known = new Set(functionsOf(version))
  // The mandatory functions of FundamentalFeat are login, logout and the like: always there.
  const offered = new Set(['MF'])
  for (const one of transactions) {
    const service = serviceOf(one, version)
    if (service && one.versions.includes(version) && known.has(service) && !servicesDisabled.has(service))
      offered.add(service)
  }
  return offered
}

/** R6: true when everything that was agreed in the last Service-Response is on offer. Nothing agreed, nothing to compare. */
export function providesAgreed(session: Session, offered: ReadonlySet<string>): boolean {
  if (session.functions === undefined) return true
  return [...unpackFunctions(session.functions)].every((code) => offered.has(code))
}

/**
 * The gate of a function: 501 for what is not on offer, 506 for what was not agreed. Before the first Service-Response
 * every implemented function may be used.
 */
export function requireAgreed(
  service: string | undefined,
  session: Session | undefined,
  offered: ReadonlySet<string>,
): void {
  if (service === undefined) return
  if (!offered.has(service)) throw new CspError(501)
  if (session && !isAgreed(service, session)) throw new CspError(506)
}

/** False when a Service-Response has left it out. */
export const isAgreed = (service: string | undefined, { functions }: Pick<Session, 'functions'>): boolean =>
  service === undefined || functions === undefined || unpackFunctions(functions).has(service)
