import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import dynalite from 'dynalite'
import { dynamoClient } from '../src/store/dynamoTable.ts'
import { close, underWayOf } from './close.ts'
import { type DataFolder, makeFolder } from './dataFolder.ts'
import { listen } from './listen.ts'
import { takeLock } from './lock.ts'
import { DataInUse } from './stackError.ts'
import { ensureTable } from './table.ts'

/** The header by which the operator's command knows a local stack, and where its data folder is (URI-encoded). */
export const dataFolderHeader = 'x-village-data'

/** An embedded DynamoDB with the service's table. */
export interface Database {
  /** The endpoint. */
  readonly url: string
  /** Finishes what it is at and closes the files. */
  stop(): Promise<void>
}

/**
 * Starts DynamoDB in this process, on 127.0.0.1, with its data on disk, and makes the table if there is none.
 *
 * @param port 0 takes any free one
 * @throws DataInUse when another process has the data; StackError when the port is taken or the data cannot be opened
 */
export async function startDatabase(folder: DataFolder, port: number): Promise<Database> {
  await makeFolder(folder)
  const lock = await takeLock(folder)
  if (!lock) throw new DataInUse(folder.path)
  const server = guarded(dynalite({ path: folder.database, createTableMs: 0 }), folder)
  const underWay = underWayOf(server)
  const stop = async () => {
    await closeAll(server, underWay)
    await lock.release()
  }
  try {
    const url = await listen(server, port, 'IMPS_DYNAMODB_PORT')
    const client = dynamoClient(url)
    await ensureTable(client).finally(() => client.destroy())
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Puts a gate before dynalite: it would answer any web page, and end the process when a client breaks off. */
function guarded(server: Server, folder: DataFolder): Server {
  // A machine that has slept would close connections under the service just when they are used again.
  server.keepAliveTimeout = 0
  const handle = server.listeners('request')[0] as RequestListener
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader(dataFolderHeader, encodeURIComponent(folder.path))
    // No client of DynamoDB sends an Origin; a web page in the operator's browser cannot leave it out.
    if (request.headers.origin !== undefined) {
      response.writeHead(403, { 'Content-Length': 0 }).end()
      return
    }
    handle(request, response)
    request.removeAllListeners('error')
    request.on('error', () => response.destroy())
  })
  return server
}

/** dynalite closes its data only with a server that listens, so one that never did does it now. */
async function closeAll(server: Server, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  if (!server.listening) await listen(server, 0, '')
  await close(server, underWay)
}
