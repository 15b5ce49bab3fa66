/**
 * Stands in for `@nodable/entities` in the bundles.
 *
 * fast-xml-parser makes a decoder for each document and tells it of the document's own entities, but has it decode only where
 * `processEntities` is on. We resolve the five of XML ourselves and no others (src/csp/xml/decode.ts), so it is never asked.
 */
export class EntityDecoder {
  reset(): void {}
  setXmlVersion(): void {}
  addInputEntities(): void {}

  decode(): never {
    throw new Error('Entities are left out of the bundle (infra/esbuild.yml)')
  }
}

/** Tables of names, for a decoder that never looks one up. */
export const XML = {}
export const COMMON_HTML = {}
export const CURRENCY = {}

/** What a decoder may be told to do with an entity, of which there is only the name here. */
export const ENTITY_ACTION = { ALLOW: 'allow', BLOCK: 'block', THROW: 'throw' }
