import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import dynalite from 'dynalite'
import { dynamoClient } from '../src/store/dynamoTable.ts'
import { type DataFolder, isInUse, makeFolder } from './dataFolder.ts'
import { listen } from './listen.ts'
import { StackError } from './stackError.ts'
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
 * @throws StackError when another process has the data, the port is taken or the data cannot be opened
 */
export async function startDatabase(folder: DataFolder, port: number): Promise<Database> {
  await makeFolder(folder)
  if (await isInUse(folder)) {
    throw new StackError(
      `The data in ${folder.path} are in use: a local stack is running on them already. IMPS_DATA_DIR takes another folder.`,
    )
  }
  const server = guarded(dynalite({ path: folder.database, createTableMs: 0 }), folder)
  const url = await listen(server, port, 'IMPS_DYNAMODB_PORT')
  const stop = () => close(server)
  const client = dynamoClient(url)
  try {
    await ensureTable(client)
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    client.destroy()
  }
}

/** Puts a gate before dynalite: it would answer any web page, and end the process when a client breaks off. */
function guarded(server: Server, folder: DataFolder): Server {
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

const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
  })
