import type { ContentTree, Element } from '../csp/element.ts'
import { serviceTrees } from '../csp/services.ts'
import { isAtLeast, type Version } from '../csp/versions.ts'

/**
 * The service codes that a `Functions` element asks for, in a version. An empty element stands for everything below it.
 * A feature that is named at all brings its mandatory functions (`MF`, `MP`, `MM`, `MG`).
 *
 * @returns undefined when it asks for nothing: absent, or without WVCSPFeat
 */
export function requestedFunctions(functions: Element | undefined, version: Version): Set<string> | undefined {
  const top = functions?.child('WVCSPFeat')
  if (!top) return undefined
  const features = [...serviceTrees[version]].flatMap(([name, groups]) => {
    const feature = isEmpty(top) ? top : top.child(name)
    return feature ? codesOfFeature(feature, groups) : []
  })
  return new Set(features)
}

const isEmpty = (element: Element) => element.children.length === 0

function codesOfFeature(feature: Element, groups: ReadonlyMap<string, readonly string[]>): string[] {
  return [...groups].flatMap(([name, codes]) => {
    if (isEmpty(feature) || name === '') return codes
    const group = feature.child(name)
    if (!group) return []
    return isEmpty(group) ? codes : codes.filter((code) => group.child(code))
  })
}

/** Every service code that a version knows. */
export const functionsOf = (version: Version): string[] =>
  [...serviceTrees[version].values()].flatMap((groups) => [...groups.values()].flat())

/**
 * A set of codes as WVCSPFeat: what is complete is written as an empty element, so that a reader need not know every code.
 * Undefined for an empty set.
 */
export function functionTree(codes: ReadonlySet<string>, version: Version): ContentTree | undefined {
  const tree = serviceTrees[version]
  const written = [...tree].flatMap(([feature, groups]) => {
    const content = featureTree(groups, codes, version)
    return content === undefined ? [] : [[feature, content] as const]
  })
  return written.length === 0 ? undefined : { WVCSPFeat: Object.fromEntries(written) }
}

function featureTree(
  groups: ReadonlyMap<string, readonly string[]>,
  codes: ReadonlySet<string>,
  version: Version,
): ContentTree | string | undefined {
  const all = [...groups.values()].flat()
  const held = all.filter((code) => codes.has(code))
  if (held.length === 0) return undefined
  if (held.length === all.length) return ''
  const entries = [...groups].flatMap(([group, of]) => (group === '' ? [] : groupTree(group, of, codes)))
  if (entries.length > 0) return Object.fromEntries(entries)
  // `MF` … `MG` stand in place of groups: the mandatory functions and nothing else. 1.1 has no element for that.
  return isAtLeast(version, '1.2') ? Object.fromEntries(held.map((code) => [code, ''])) : undefined
}

function groupTree(group: string, of: readonly string[], codes: ReadonlySet<string>): [string, ContentTree | string][] {
  const held = of.filter((code) => codes.has(code))
  if (held.length === 0) return []
  return [[group, held.length === of.length ? '' : Object.fromEntries(held.map((code) => [code, '']))]]
}
