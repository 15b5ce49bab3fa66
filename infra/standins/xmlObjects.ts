/**
 * Stands in for `xmlparser/node2json.js` of fast-xml-parser in the bundles.
 *
 * It turns the parsed nodes into plain objects unless their order is to be kept. We have it kept (src/csp/xml/decode.ts).
 */
export default function prettify(): never {
  throw new Error('XML as plain objects is left out of the bundle (infra/trim.mjs)')
}
