import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { expressions } from './expressions.ts'
import { sweepIndex } from './keys.ts'
import { ConditionFailed, type Item, type Key, type Range, type Table } from './table.ts'

export interface DynamoTableOptions {
  readonly name: string
  /** AWS's own when absent. */
  readonly endpoint?: string
}

/** Waiting on a call that DynamoDB has lost costs more than asking again: one second, three attempts. */
const timeout = 1000

/** An emulator shares its machine, and often its process, with everything else: slow is not lost. */
const emulatorTimeout = 10_000

/** @param endpoint of an emulator; AWS's own for the region when absent */
export function dynamoClient(endpoint: string | undefined): DynamoDBClient {
  const patience = endpoint ? emulatorTimeout : timeout
  // Without the word to throw, the library would only log a warning and wait on.
  const requestHandler = { requestTimeout: patience, throwOnRequestTimeout: true, connectionTimeout: patience }
  // An emulator needs a region and credentials, and does not look at them.
  const emulator = { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  return new DynamoDBClient({ maxAttempts: 3, requestHandler, ...(endpoint && emulator) })
}

/** The DynamoDB table as the store sees it. */
export function dynamoTable({ name: TableName, endpoint }: DynamoTableOptions, client = dynamoClient(endpoint)): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })

  return {
    async get(Key, consistent) {
      const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: consistent }))
      return Item as Item | undefined
    },

    async query(range) {
      const items: Item[] = []
      let ExclusiveStartKey: Record<string, unknown> | undefined
      do {
        const Limit = range.limit && range.limit - items.length
        const input = { TableName, ...keyCondition(range), Limit, ScanIndexForward: !range.reverse, ExclusiveStartKey }
        const page = await documents.send(new QueryCommand(input))
        items.push(...((page.Items ?? []) as Item[]))
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey && items.length < (range.limit ?? Infinity))
      return items
    },

    async put(item, condition) {
      const command = new PutCommand({ TableName, Item: item, ReturnValues: 'ALL_OLD', ...expressions(condition) })
      return (await conditional(() => documents.send(command))).Attributes as Item | undefined
    },

    async update(Key, change, condition) {
      const command = new UpdateCommand({ TableName, Key, ReturnValues: 'ALL_NEW', ...expressions(condition, change) })
      return (await conditional(() => documents.send(command))).Attributes as Item
    },

    async delete(Key, condition) {
      const command = new DeleteCommand({ TableName, Key, ReturnValues: 'ALL_OLD', ...expressions(condition) })
      return (await conditional(() => documents.send(command))).Attributes as Item | undefined
    },

    async due(shard, until, Limit) {
      const page = await documents.send(
        new QueryCommand({
          TableName,
          IndexName: sweepIndex,
          KeyConditionExpression: 'sweepShard = :shard AND sweepAt <= :until',
          ExpressionAttributeValues: { ':shard': shard, ':until': until },
          Limit,
        }),
      )
      return (page.Items ?? []).map(({ pk, sk }) => ({ pk, sk })) as Key[]
    },

    async *scan() {
      let ExclusiveStartKey: Record<string, unknown> | undefined
      do {
        const page = await documents.send(new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }))
        yield* (page.Items ?? []) as Item[]
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey)
    },
  }
}

function keyCondition({ pk, from, to, consistent }: Range) {
  const clauses = ['pk = :pk']
  if (from !== undefined && to !== undefined) clauses.push('sk BETWEEN :from AND :to')
  else if (from !== undefined) clauses.push('sk >= :from')
  else if (to !== undefined) clauses.push('sk <= :to')
  return {
    ConsistentRead: consistent,
    KeyConditionExpression: clauses.join(' AND '),
    ExpressionAttributeValues: {
      ':pk': pk,
      ...(from !== undefined && { ':from': from }),
      ...(to !== undefined && { ':to': to }),
    },
  }
}

async function conditional<Result>(send: () => Promise<Result>): Promise<Result> {
  try {
    return await send()
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) throw new ConditionFailed()
    throw error
  }
}
