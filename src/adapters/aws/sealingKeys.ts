import { readFile } from 'node:fs/promises'
import { parseSealingKeys, type SealingKeySource, type SealingKeys } from '../../accounts/sealing.ts'
import type { Place } from '../../settings.ts'

/**
 * The sealing keys from where the settings say they are: a file, or an SSM parameter (SecureString). Read once, at first
 * need; a failure is not remembered, so that a key made meanwhile is found.
 */
export function sealingKeySource({ sealingKeyFile, sealingKeyParameter }: Place): SealingKeySource {
  let keys: Promise<SealingKeys> | undefined
  const read = async () => {
    if (sealingKeyFile) return parseSealingKeys(await readFile(sealingKeyFile, 'utf8'))
    if (sealingKeyParameter) return parseSealingKeys(await readParameter(sealingKeyParameter))
    throw new Error('No sealing key is set: IMPS_SEALING_KEY_PARAMETER or IMPS_SEALING_KEY_FILE says where it is')
  }
  return () => {
    keys ??= read().catch((error) => {
      keys = undefined
      throw error
    })
    return keys
  }
}

async function readParameter(name: string): Promise<string> {
  // Loaded at first need: most requests never open a password, and the Lambda runtime has this client.
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm')
  const found = await new SSMClient({ maxAttempts: 3 }).send(
    new GetParameterCommand({ Name: name, WithDecryption: true }),
  )
  if (!found.Parameter?.Value) throw new Error(`The parameter ${name} is empty`)
  return found.Parameter.Value
}
