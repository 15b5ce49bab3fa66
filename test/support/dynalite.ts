import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ensureTable } from '../../local/table.ts'
import { dynamoTable } from '../../src/store/dynamoTable.ts'
import type { Table } from '../../src/store/table.ts'

// dynalite is CommonJS and has no types.
const dynalite: (options: { createTableMs: number }) => Server = createRequire(import.meta.url)('dynalite')

/** DynamoDB in this process, in memory, on a free port. It is always consistent and never deletes what expired. */
export interface Dynalite {
  readonly endpoint: string
  /** A new, empty table with the keys and the index of the service. */
  createTable(): Promise<Table>
  /** The same, with the name that the service has to be told. */
  createNamedTable(): Promise<{ table: Table; name: string }>
  stop(): Promise<void>
}

/** A machine that stands still for a while is no reason to close a connection: a client would find it closed under it. */
function patient(server: Server): void {
  server.keepAliveTimeout = 0
  server.headersTimeout = 0
  server.requestTimeout = 0
}

export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0 })
  patient(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Without the service's time-out: on a busy machine it would send writes twice, and a test would see that.
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials, maxAttempts: 1 })
  let tables = 0
  const createNamedTable = async () => {
    const name = `village-${++tables}`
    await ensureTable(client, name)
    return { table: dynamoTable({ name, endpoint }, client), name }
  }
  return {
    endpoint,
    createTable: async () => (await createNamedTable()).table,
    createNamedTable,
    async stop() {
      client.destroy()
      // Connections that are kept alive would keep it waiting.
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
