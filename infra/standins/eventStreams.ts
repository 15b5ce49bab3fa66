/**
 * Stands in for `@smithy/core/event-streams` in the bundles.
 *
 * The SDK's protocol loads it for an operation whose input or output is an event stream. DynamoDB has none.
 */

/** The first thing the protocol asks for; it says what is missing, should it ever be asked. */
export function eventStreamSerdeProvider(): never {
  throw new Error('Event streams are left out of the bundle (infra/esbuild.yml)')
}

/** What it would then make. */
export class EventStreamSerde {}
