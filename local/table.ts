import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import { sweepIndex } from '../src/store/keys.ts'
import { StackError } from './stackError.ts'

/** The name of the local stack's table. */
export const localTable = 'village'

/** The table as the deployment makes it, but for TTL, which the embedded database lacks (see expiry.ts). */
const definition: Omit<CreateTableCommandInput, 'TableName'> = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'sweepShard', AttributeType: 'S' },
    { AttributeName: 'sweepAt', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: sweepIndex,
      KeySchema: [
        { AttributeName: 'sweepShard', KeyType: 'HASH' },
        { AttributeName: 'sweepAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
}

/** Makes the table if there is none. @throws StackError when it does not become active */
export async function ensureTable(client: DynamoDBClient, name = localTable): Promise<void> {
  if ((await tableStatus(client, name)) === undefined) {
    await client.send(new CreateTableCommand({ TableName: name, ...definition }))
  }
  // A moment is what the embedded database takes; one that was killed within it never gets there.
  for (let look = 0; look < 200; look++) {
    if ((await tableStatus(client, name)) === 'ACTIVE') return
    await sleep(5)
  }
  throw new StackError('The table was left half made. Remove the data folder (IMPS_DATA_DIR) and start again.')
}

async function tableStatus(client: DynamoDBClient, name: string): Promise<string | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }))
    return Table?.TableStatus
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
