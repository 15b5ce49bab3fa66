import { connect, type Socket } from 'node:net'

/** An HTTP answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection on which a test says every byte itself. */
export class Wire {
  readonly #socket: Socket
  #received = ''
  #changed: () => void = () => {}
  isClosed = false

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      this.#received += text
      this.#changed()
    })
    // A reset is a way to be closed.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.isClosed = true
      this.#changed()
    })
  }

  send(text: string): this {
    this.#socket.write(text, 'latin1')
    return this
  }

  /** The next answer, `100 Continue` included. @param toHead of a HEAD request: there is no body, whatever the header says */
  async answer(toHead = false): Promise<RawAnswer> {
    const head = await this.#take((text) => {
      const end = text.indexOf('\r\n\r\n')
      return end < 0 ? undefined : end + 4
    })
    const [first = '', ...lines] = head.trimEnd().split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const length = toHead ? 0 : Number(headers['content-length'] ?? 0)
    const body = await this.#take((text) => (text.length >= length ? length : undefined))
    return { status: Number(first.split(' ')[1]), headers, body }
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    while (!this.isClosed) await this.#change()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #take(lengthIn: (text: string) => number | undefined): Promise<string> {
    for (;;) {
      const length = lengthIn(this.#received)
      if (length !== undefined) {
        const taken = this.#received.slice(0, length)
        this.#received = this.#received.slice(length)
        return taken
      }
      if (this.isClosed) throw new Error(`The connection was closed after ${JSON.stringify(this.#received)}`)
      await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve
    })
  }
}

/** A POST request as text. */
export const post = (body: string, { path = '/', headers = '', length = body.length } = {}): string =>
  `POST ${path} HTTP/1.1\r\nHost: phone\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`
