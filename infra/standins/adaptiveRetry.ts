/**
 * Stands in for the retry strategy `adaptive` of `@smithy/core/retry` in the bundles; `standard` is untouched.
 *
 * It is made only where AWS_RETRY_MODE or a configuration file says so. The functions' variables are those of
 * infra/environment.yml, which has no such one, and there is no such file.
 */
export class AdaptiveRetryStrategy {
  constructor() {
    throw new Error('AWS_RETRY_MODE=adaptive is left out of the bundle (infra/trim.mjs)')
  }
}
