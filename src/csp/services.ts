import { type Version, versions } from './versions.ts'

interface ServiceRow {
  readonly code: string
  readonly feature: Feature
  /** The group element between feature and code; none for the mandatory functions of a feature. */
  readonly group?: string
  readonly versions: readonly Version[]
}

export const features = ['FundamentalFeat', 'PresenceFeat', 'IMFeat', 'GroupFeat'] as const
export type Feature = (typeof features)[number]

const all = versions
const from12: readonly Version[] = ['1.2', '1.3']
const until12: readonly Version[] = ['1.1', '1.2']
const only12: readonly Version[] = ['1.2']
const only13: readonly Version[] = ['1.3']

const row = (feature: Feature, group: string | undefined, codes: string, of: readonly Version[]): ServiceRow[] =>
  codes.split(' ').map((code) => ({ code, feature, ...(group && { group }), versions: of }))

/**
 * The service tree: feature, function group, code, versions. `MF`, `MP`, `MM` and `MG` are the mandatory
 * functions of a feature; as elements they exist since 1.2.
 *
 * The place of a row is its bit in the stored set of agreed functions, so rows are only ever added at the end.
 */
const rows: readonly ServiceRow[] = [
  ...row('FundamentalFeat', undefined, 'MF', all),
  ...row('FundamentalFeat', 'ServiceFunc', 'GETSPI', all),
  ...row('FundamentalFeat', 'ServiceFunc', 'GETMAP SGMNT', only13),
  ...row('FundamentalFeat', 'SearchFunc', 'SRCH STSRC', all),
  ...row('FundamentalFeat', 'SearchFunc', 'ADVSR', only13),
  ...row('FundamentalFeat', 'InviteFunc', 'INVIT CAINV', all),
  ...row('FundamentalFeat', 'VerifyIDFunc', 'VRID', from12),
  ...row('PresenceFeat', undefined, 'MP', all),
  ...row('PresenceFeat', 'ContListFunc', 'GCLI CCLI DCLI MCLS', all),
  ...row('PresenceFeat', 'PresenceAuthFunc', 'GETWL', all),
  ...row('PresenceFeat', 'PresenceAuthFunc', 'REACT CAAUT', until12),
  ...row('PresenceFeat', 'PresenceAuthFunc', 'GETAUT', only12),
  ...row('PresenceFeat', 'PresenceDeliverFunc', 'GETPR UPDPR', all),
  ...row('PresenceFeat', 'AttListFunc', 'CALI DALI GALS', until12),
  ...row('IMFeat', undefined, 'MM', all),
  ...row('IMFeat', 'IMSendFunc', 'MDELIV FWMSG', all),
  ...row('IMFeat', 'IMReceiveFunc', 'SETD GETLM GETM REJCM NOTIF NEWM', all),
  ...row('IMFeat', 'IMReceiveFunc', 'OFFNOTIF', only13),
  ...row('IMFeat', 'IMAuthFunc', 'GLBLU BLENT', all),
  ...row('GroupFeat', undefined, 'MG', all),
  ...row('GroupFeat', 'GroupMgmtFunc', 'CREAG DELGR GETGP SETGP', all),
  ...row('GroupFeat', 'GroupUseFunc', 'SUBGCN GRCHN', all),
  ...row('GroupFeat', 'GroupUseFunc', 'EXCON', only13),
  ...row('GroupFeat', 'GroupAuthFunc', 'GETGM ADDGM RMVGM MBRAC REJEC', all),
  ...row('GroupFeat', 'GroupAuthFunc', 'GETJU', from12),
]

/** Every service code that exists in any version, `MF` … `MG` included. */
export const serviceCodes: ReadonlySet<string> = new Set(rows.map((one) => one.code))

const bits = new Map(rows.map((one, index) => [one.code, 1n << BigInt(index)]))

/** The part of the tree that a version knows: feature → group (or `''` for mandatory functions) → codes. */
export type ServiceTree = ReadonlyMap<Feature, ReadonlyMap<string, readonly string[]>>

const treeOf = (version: Version): ServiceTree => {
  const tree = new Map<Feature, Map<string, string[]>>(features.map((feature) => [feature, new Map()]))
  for (const { feature, group = '', code, versions: of } of rows) {
    if (!of.includes(version)) continue
    const groups = tree.get(feature)!
    groups.set(group, [...(groups.get(group) ?? []), code])
  }
  return tree
}

export const serviceTrees: Readonly<Record<Version, ServiceTree>> = {
  '1.1': treeOf('1.1'),
  '1.2': treeOf('1.2'),
  '1.3': treeOf('1.3'),
}

/** A set of service codes as text for storage: the bits of the table in hexadecimal. */
export function packFunctions(codes: Iterable<string>): string {
  let set = 0n
  for (const code of codes) set |= bits.get(code) ?? 0n
  return set.toString(16)
}

/** The service codes of a stored set. */
export function unpackFunctions(packed: string): Set<string> {
  const set = BigInt(`0x${packed || '0'}`)
  return new Set(rows.filter((one) => set & bits.get(one.code)!).map((one) => one.code))
}
