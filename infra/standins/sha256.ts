/**
 * Stands in for the SHA-256 in JavaScript of `@smithy/core/checksum` in the bundles.
 *
 * The SDK takes it where Node was built without OpenSSL. Lambda's was not, and our own digests need `node:crypto` too.
 */
export class Sha256Js {
  constructor() {
    throw new Error('SHA-256 in JavaScript is left out of the bundle (infra/trim.mjs)')
  }
}
