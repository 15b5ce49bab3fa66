/**
 * Stands in for `strnum` in the bundles.
 *
 * fast-xml-parser makes numbers of texts and attributes with it. We have it leave both as they are written
 * (src/csp/xml/decode.ts: parseTagValue and parseAttributeValue), so it is never asked.
 */
export default function toNumber(): never {
  throw new Error('Reading numbers is left out of the bundle (infra/esbuild.yml)')
}
