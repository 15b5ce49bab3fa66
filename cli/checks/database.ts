import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import { sweepIndex } from '../../src/store/keys.ts'
import type { Connection } from '../connection.ts'
import { sentenceOf } from '../errors.ts'
import { checkClock, watchDate } from './clock.ts'
import type { Check } from './index.ts'

/** DynamoDB itself, the table, its index, its TTL, and the clock that it shows. */
export async function checkDatabase(connection: Connection): Promise<Check[]> {
  const { client, loaded, village } = connection
  const TableName = loaded.place.table
  const dateSeen = watchDate(client, village.now)
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    return [
      { check: 'endpoint', status: 'ok', detail: await address(connection) },
      checkTable(TableName, Table),
      checkIndex(Table),
      await checkTtl(connection),
      checkClock(dateSeen()),
    ]
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
    return [
      { check: 'endpoint', status: 'ok', detail: await address(connection) },
      { check: 'table', status: 'fail', detail: `there is no table ${TableName}: see --table and AWS_REGION` },
    ]
  }
}

async function address({ client, loaded: { place }, local }: Connection): Promise<string> {
  if (local)
    return local.isRunning
      ? `the local stack, ${place.dynamodbEndpoint}`
      : `the data in ${local.folder.path}; the stack is not running`
  return place.dynamodbEndpoint ?? `DynamoDB in ${await region(client)}`
}

const region = async (client: DynamoDBClient): Promise<string> => client.config.region()

function checkTable(name: string, table: TableDescription | undefined): Check {
  const status = table?.TableStatus ?? 'missing'
  const keys = (table?.KeySchema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ')
  if (keys !== 'pk HASH, sk RANGE')
    return fail('table', `${name} has other keys than pk and sk: it is not this service's`)
  // While it is being updated it can be used.
  if (status === 'ACTIVE' || status === 'UPDATING')
    return { check: 'table', status: 'ok', detail: `${name} is ${status}` }
  return fail('table', `${name} is ${status}`)
}

function checkIndex(table: TableDescription | undefined): Check {
  const index = table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === sweepIndex)
  if (!index) return fail('index', `${sweepIndex} is missing: no session would ever expire in time`)
  const keys = (index.KeySchema ?? []).map(({ AttributeName }) => AttributeName).join(', ')
  if (keys !== 'sweepShard, sweepAt') return fail('index', `${sweepIndex} has other keys than sweepShard and sweepAt`)
  if (index.IndexStatus !== 'ACTIVE') return fail('index', `${sweepIndex} is ${index.IndexStatus}`)
  return { check: 'index', status: 'ok', detail: `${sweepIndex} is ACTIVE` }
}

// R9
async function checkTtl({ client, loaded: { place }, local }: Connection): Promise<Check> {
  if (local)
    return { check: 'TTL', status: 'ok', detail: 'the local stack itself deletes what has expired, while it runs' }
  try {
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: place.table }))
    const { TimeToLiveStatus: status, AttributeName: name } = TimeToLiveDescription ?? {}
    if (status === 'ENABLED' && name === 'expiresAt') return { check: 'TTL', status: 'ok', detail: 'on expiresAt' }
    if (status === 'ENABLING' && name === 'expiresAt')
      return { check: 'TTL', status: 'warn', detail: 'is being enabled' }
    if (status === 'ENABLED') return fail('TTL', `is on ${name} instead of expiresAt`)
    return fail('TTL', 'is off: nothing that has expired would ever be deleted. Enable it on expiresAt')
  } catch (error) {
    return fail('TTL', sentenceOf(error))
  }
}

const fail = (check: string, detail: string): Check => ({ check, status: 'fail', detail })
