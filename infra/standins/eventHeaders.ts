/**
 * Stands in for the `HeaderFormatter` of `@smithy/signature-v4` in the bundles.
 *
 * It writes the headers of a message in an event stream, which is signed on its own. DynamoDB has no event streams; requests
 * are signed without it.
 */
export class HeaderFormatter {
  format(): never {
    throw new Error('Event streams are left out of the bundle (infra/trim.mjs)')
  }
}
