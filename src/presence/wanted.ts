import type { Version } from '../csp/versions.ts'
import { type AttributeSet, allAttributes, attributeSet } from './attributes.ts'

/** What a subscription or watcher wants to know: all, where it names nothing. */
export const wants = ({ attributes }: { readonly attributes?: AttributeSet }): AttributeSet =>
  attributes ?? allAttributes

/**
 * COMPAT(Nokia S60): a 1.1 phone does not show a contact as online without CommCap and ClientInfo, and does not ask for
 * them.
 */
export const withPhoneNeeds = (named: AttributeSet | undefined, version: Version): AttributeSet | undefined =>
  named === undefined || version !== '1.1' ? named : named | phoneNeeds

export const phoneNeeds: AttributeSet = attributeSet(['ClientInfo', 'CommCap'])
