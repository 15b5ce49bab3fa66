/**
 * Stands in for the reader of `~/.aws/config` and `~/.aws/credentials` (`@smithy/core/config`) in the bundles.
 *
 * A function has no home and its package is one file: nothing is there to be read. The original answers a missing file in the
 * same way, but tries to open both at every cold start.
 */
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} })

/** What stands between the parts of a section's name. */
export const CONFIG_PREFIX_SEPARATOR = '.'
