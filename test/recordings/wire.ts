import { connect, type Socket } from 'node:net'
import type { HttpAnswer } from '../support/dialogueHttp.ts'

/** A client's connection: heads go out as they were recorded, letter by letter, and bodies when they are asked for. */
export class Wire {
  readonly #url: URL
  #socket: Socket | undefined
  #received = Buffer.alloc(0)
  #waiting: (() => void) | undefined

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** @param head with the Content-Length of this body */
  async exchange(head: readonly string[], body: Buffer): Promise<HttpAnswer> {
    this.#connect()
    this.#socket!.write(`${head.join('\r\n')}\r\n\r\n`)
    if (head.some((line) => /^expect: *100-continue$/i.test(line))) {
      const interim = await this.#head()
      // Or the final answer at once (clients.md 3).
      if (interim.status !== 100) return this.#rest(interim)
    }
    this.#socket!.write(body)
    return this.#rest(await this.#head())
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #connect(): void {
    if (this.#socket && !this.#socket.destroyed) return
    this.#received = Buffer.alloc(0)
    this.#socket = connect(Number(this.#url.port), this.#url.hostname).setNoDelay()
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#waiting?.()
    })
    this.#socket.on('close', () => this.#waiting?.())
  }

  async #until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (!this.#socket || this.#socket.destroyed)
        throw new Error('The connection was closed before the answer was whole')
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  async #head(): Promise<{ status: number; headers: Record<string, string> }> {
    await this.#until(() => this.#received.includes('\r\n\r\n'))
    const end = this.#received.indexOf('\r\n\r\n')
    const [first = '', ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n')
    this.#received = this.#received.subarray(end + 4)
    const headers = lines.map((line) => [
      line.split(':', 1)[0]!.toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ])
    return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) as Record<string, string> }
  }

  async #rest({ status, headers }: { status: number; headers: Record<string, string> }): Promise<HttpAnswer> {
    const length = Number(headers['content-length'])
    if (!Number.isInteger(length)) throw new Error('The answer has no Content-Length')
    await this.#until(() => this.#received.length >= length)
    const body = this.#received.subarray(0, length)
    this.#received = this.#received.subarray(length)
    return { status, headers, body }
  }
}
