import type { AddressInfo, Server } from 'node:net'
import { StackError } from './stackError.ts'

/** The only address that a local stack can be reached at: it is not for the open internet. */
export const loopback = '127.0.0.1'

/**
 * Opens a port of this machine alone.
 *
 * @param port 0 takes any free one
 * @param setting the setting that changes the port, for the message
 * @returns the server's URL, without a slash at its end
 * @throws StackError when the port is taken, or not ours to take
 */
export function listen(server: Server, port: number, setting: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(asStackError(error, port, setting))
    server.once('error', failed)
    server.listen(port, loopback, () => {
      server.off('error', failed)
      resolve(`http://${loopback}:${(server.address() as AddressInfo).port}`)
    })
  })
}

function asStackError(error: NodeJS.ErrnoException, port: number, setting: string): Error {
  if (error.code === 'EADDRINUSE')
    return new StackError(`Port ${port} is in use by another program. ${setting} takes another one.`)
  if (error.code === 'EACCES')
    return new StackError(`Port ${port} is not open to this user. ${setting} takes another one.`)
  return error
}
