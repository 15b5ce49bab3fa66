/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles.
 *
 * The original looks for credentials in a dozen places, and brings single sign-on, STS, Cognito, the instance metadata service
 * and readers of configuration files along: a third of the bundle. A Lambda function finds its credentials in the environment,
 * always; they hold at least as long as the execution environment lives, so that nothing has to renew them.
 */

interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
}

/** What the SDK's clients ask for when they are given no credentials of their own. */
export const defaultProvider = () => async (): Promise<Credentials> => {
  const accessKeyId = process.env.AWS_ACCESS_KEY_ID
  const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY
  if (!accessKeyId || !secretAccessKey) {
    throw new Error('There are no AWS credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)')
  }
  return { accessKeyId, secretAccessKey, sessionToken: process.env.AWS_SESSION_TOKEN }
}
