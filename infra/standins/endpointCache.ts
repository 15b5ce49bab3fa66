/**
 * Stands in for `@aws-sdk/endpoint-cache` in the bundles.
 *
 * The DynamoDB client makes one such cache, and none of its commands looks into it: they do not use endpoint discovery.
 */
export class EndpointCache {}
