import type { Server, ServerResponse } from 'node:http'

/** Milliseconds that requests under way are given when a server stops. */
const patience = 10_000

/**
 * Closes a server: no new connection, what is under way is answered, then every connection is closed. The server's own
 * close would wait for connections on which nothing was ever sent.
 *
 * @param underWay as from `underWayOf`
 */
export async function close(server: Server, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
  })
  const impatience = setTimeout(() => server.closeAllConnections(), patience)
  await Promise.all([...underWay].map((response) => new Promise((resolve) => response.once('close', resolve))))
  clearTimeout(impatience)
  server.closeAllConnections()
  await closed
}

/** The answers of a server that are not finished: a set that changes with time. */
export function underWayOf(server: Server): ReadonlySet<ServerResponse> {
  const underWay = new Set<ServerResponse>()
  const note = (_request: unknown, response: ServerResponse) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
  }
  // To listen is to take over what Node does by itself, so only where somebody listens already.
  const events = ['request', 'checkContinue', 'checkExpectation'].filter((event) => server.listenerCount(event) > 0)
  for (const event of events) server.prependListener(event, note)
  return underWay
}
