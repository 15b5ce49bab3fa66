import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { GatewayHandler } from '../src/adapters/lambda/gateway.ts'
import type { Log } from '../src/log.ts'
import { announcesMoreThan, BodyTooLarge, ClientGone, discardRest, gatewayLimit, readBody } from './body.ts'
import { close, underWayOf } from './close.ts'
import { toEvent } from './event.ts'
import { listen } from './listen.ts'

/** What the gateway hands requests to: `$default` takes all that no other route does. */
export interface Handlers {
  readonly $default: GatewayHandler
  /** By route: `POST /csp/login`. */
  readonly [route: string]: GatewayHandler
}

export interface GatewayOptions {
  readonly handlers: Handlers
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number
  readonly log: Pick<Log, 'error'>
  /** Largest body in bytes: API Gateway's own limit unless given. */
  readonly limit?: number
  readonly timeouts?: Partial<typeof timeouts>
}

export interface Gateway {
  /** Without a slash at its end. */
  readonly url: string
  /** Answers what is under way, and closes. Once more changes nothing. */
  stop(): Promise<void>
}

/** Milliseconds for the head of a request, for all of it, between two requests of one connection, and between two looks. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5000,
}

/**
 * Stands for API Gateway: HTTP in, an event to a handler, its result out. Every path is served. Every answer has a
 * Content-Length and none is chunked (clients.md 2).
 *
 * @throws StackError when the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { handlers, port, log, limit = gatewayLimit } = options
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    // The client's end of the connection is its own affair.
    response.on('error', () => {})
    handle(handlers, limit, request, response).catch((error) => {
      if (error instanceof ClientGone) return
      if (error instanceof BodyTooLarge) return refuseBody(request, response, limit)
      log.error('request failed', error, { path: request.url })
      if (!response.headersSent) respond(response, 500, 'Internal server error\n')
    })
  }
  const server = createServer({ ...timeouts, ...options.timeouts }, answer)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!announcesMoreThan(request, limit)) response.writeContinue()
    answer(request, response)
  })
  // Another expectation than 100-continue is none that a phone means.
  server.on('checkExpectation', answer)
  server.on('clientError', refuseConnection)
  const underWay = underWayOf(server)
  const url = await listen(server, port, 'IMPS_PORT')
  let stopped: Promise<void> | undefined
  return {
    url,
    stop() {
      stopped ??= close(server, underWay)
      return stopped
    },
  }
}

async function handle(
  handlers: Handlers,
  limit: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, limit)
  const path = request.url?.split('?', 1)[0]
  const named = `${request.method} ${path}`
  const route = named !== '$default' && Object.hasOwn(handlers, named) ? named : '$default'
  const result = await handlers[route]!(toEvent(request, body, route, Date.now()))
  const content = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8')
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value))
  response.writeHead(result.statusCode ?? 200, { 'Content-Length': content.length })
  response.end(content)
}

function respond(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** The whole answer goes out at once, the connection is closed when the client had a chance to read it. */
async function refuseBody(request: IncomingMessage, response: ServerResponse, limit: number): Promise<void> {
  const text = `The request is larger than ${limit} bytes\n`
  response.writeHead(413, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  })
  response.write(text)
  await discardRest(request, limit)
  response.end()
}

const plainRefusals: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** What is no HTTP, or takes too long. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const status = plainRefusals[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, () => socket.destroy())
}
