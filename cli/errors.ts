import { SettingError } from '../src/settings.ts'
import { ConditionFailed } from '../src/store/table.ts'

/** The command was not written as it has to be: exit code 2. */
export class UsageError extends Error {}

/** What was asked for cannot be done; the message is a sentence for the operator: exit code 1. */
export class CommandError extends Error {}

/** The operator has broken off: exit code 130, as shells have it. */
export class Interrupted extends Error {}

interface AnyError {
  readonly name?: string
  readonly code?: string
  readonly message?: string
}

/** What stands behind an error of the AWS SDK, by its name or code. */
const sentences: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'There are no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --local.',
  ExpiredTokenException: 'The AWS credentials have expired.',
  UnrecognizedClientException: 'AWS does not know these credentials.',
  InvalidSignatureException: 'AWS does not accept these credentials, or the clock of this machine is wrong.',
  ResourceNotFoundException:
    'There is no such table in this region: see --table and AWS_REGION (the outputs of the deployment name both).',
  ParameterNotFound:
    'There is no such sealing key: see --key-parameter (the outputs of the deployment name it). The first "account add" makes it.',
  ECONNREFUSED: 'Nothing answers at the address of DynamoDB.',
  ENOTFOUND: 'The address of DynamoDB is not known: see AWS_REGION.',
  TimeoutError: 'DynamoDB does not answer.',
}

/** A sentence for the operator about any error. */
export function sentenceOf(error: unknown): string {
  const { name = '', code = '', message = String(error) } = (error ?? {}) as AnyError
  if (error instanceof ConditionFailed) return 'Something else has changed this at the same moment. Try again.'
  if (error instanceof SettingError) return message
  if (/^Region is missing/.test(message)) return 'There is no AWS region: set AWS_REGION, or use --local.'
  if (/^AccessDenied/.test(name)) return `AWS does not allow it: ${message}`
  return sentences[name] ?? sentences[code] ?? (message || name)
}
