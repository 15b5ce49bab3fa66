import type { IncomingMessage } from 'node:http'

/** The largest request that API Gateway takes, in bytes. */
export const gatewayLimit = 10 * 1024 * 1024

/** The body is larger than the limit; most of it was not read. */
export class BodyTooLarge extends Error {}

/** The client went away before it had sent everything. */
export class ClientGone extends Error {}

/** True when the request itself says that its body is larger. */
export const announcesMoreThan = (request: IncomingMessage, limit: number): boolean =>
  Number(request.headers['content-length'] ?? 0) > limit

/**
 * Reads a request's body.
 *
 * @param limit bytes; no more than that are ever held
 * @throws BodyTooLarge, ClientGone
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (announcesMoreThan(request, limit)) return reject(new BodyTooLarge())
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) return void chunks.push(chunk)
      chunks.length = 0
      request.removeAllListeners('data')
      reject(new BodyTooLarge())
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => reject(new ClientGone()))
    request.on('close', () => reject(new ClientGone()))
  })
}

/**
 * Throws away what a client is still sending, for a while: a connection that is closed on a sender loses the answer that is
 * on its way. Resolves when the client has finished, has gone, or has sent as much again as it may.
 */
export function discardRest(request: IncomingMessage, limit: number): Promise<void> {
  return new Promise((resolve) => {
    let left = limit
    const impatience = setTimeout(resolve, 2000).unref()
    const done = () => {
      clearTimeout(impatience)
      resolve()
    }
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) done()
    })
    request.on('end', done)
    request.on('close', done)
    request.resume()
  })
}
