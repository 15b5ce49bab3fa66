import { newSealingKeys } from '../src/accounts/sealing.ts'
import type { Connection } from './connection.ts'
import { CommandError, UsageError } from './errors.ts'

/**
 * Makes the sealing key of a deployment, an SSM SecureString, if there is none: with its first account. Never replaces one.
 *
 * @returns true when it was made now
 * @throws UsageError when nobody says where it is, CommandError when a key is missing that accounts were sealed with
 */
export async function ensureSealingKey({ village, loaded: { place } }: Connection): Promise<boolean> {
  if (!village.settings.fourWayLogin || place.sealingKeyFile) return false
  const name = place.sealingKeyParameter
  if (!name) {
    throw new UsageError('Where is the sealing key? --key-parameter NAME (or IMPS_SEALING_KEY_PARAMETER) says it.')
  }
  const { GetParameterCommand, ParameterAlreadyExists, ParameterNotFound, PutParameterCommand, SSMClient } =
    await import('@aws-sdk/client-ssm')
  const client = new SSMClient({ maxAttempts: 3 })
  try {
    await client.send(new GetParameterCommand({ Name: name }))
    return false
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error
    await refuseWhereSealed(village, name)
    const Description = 'Opens the sealed passwords of the IMPS accounts. Keep a copy: it cannot be made again.'
    const Value = newSealingKeys(village.random)
    await client
      .send(new PutParameterCommand({ Name: name, Type: 'SecureString', Value, Description, Overwrite: false }))
      .catch((error) => {
        if (!(error instanceof ParameterAlreadyExists)) throw error
      })
    return true
  } finally {
    client.destroy()
  }
}

/** A key that is missing was lost, or is sought in the wrong place: a new one would open nothing of what is there. */
async function refuseWhereSealed({ store }: Connection['village'], name: string): Promise<void> {
  for await (const { sealed } of store.accounts.all()) {
    if (!sealed) continue
    throw new CommandError(
      `There is no sealing key ${name}, but there are accounts that were sealed with one. Name the right one with --key-parameter, or restore it from its copy.`,
    )
  }
}
