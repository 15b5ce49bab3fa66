/**
 * Stands in for the look-up of the region in an EC2 instance's metadata (`@smithy/core/config`) in the bundles.
 *
 * The SDK asks where no AWS_REGION is set; Lambda always sets it, and has no such metadata. This is what the original answers
 * where there is none: the SDK then says that the region is missing.
 */
export const getInstanceMetadataRegion = async (): Promise<undefined> => undefined
