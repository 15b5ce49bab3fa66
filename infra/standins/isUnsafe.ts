/**
 * Stands in for `is-unsafe` in the bundles.
 *
 * fast-xml-parser asks it whether an entity that a document declares may be expanded; a table of attacks on browsers, shells
 * and databases comes along. We let the parser expand no entities at all (src/csp/xml/decode.ts), so it is never asked. Should
 * that change, this answer is the safe one: the parser leaves out every declared entity.
 */
export const isUnsafe = (): boolean => true

/** Contexts to look for dangers in, of which there is only the name here. */
export const HTML = 'HTML'
export const XML = 'XML'
