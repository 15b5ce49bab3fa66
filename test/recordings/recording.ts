import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the recordings lie: beside the repository, not in it, since they are other people's. */
const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'recordings')

/** What was seen of one exchange. Heads without their last empty line, as sent but for line ends. */
export interface Exchange {
  readonly number: number
  readonly head: readonly string[]
  readonly body: string
  /** The answer of the throw-away server that the client talked to: no reference for ours. */
  readonly answered: string
}

export const hasRecording = (name: string): boolean => existsSync(join(folder, name))

/** @throws Error for a file that is no recording, or whose bodies are not as long as their heads say */
export function readRecording(name: string): Exchange[] {
  const parts = readFileSync(join(folder, name), 'utf8').split(/^##### (REQUEST|RESPONSE to) (\d+)\n/m)
  const bodies = new Map<string, { head: string[]; body: string }>()
  const requests: number[] = []
  for (let at = 1; at < parts.length; at += 3) {
    const [kind = '', number = '', text = ''] = parts.slice(at, at + 3)
    bodies.set(`${kind} ${number}`, readMessage(text))
    if (kind === 'REQUEST') requests.push(Number(number))
  }
  if (requests.length === 0) throw new Error(`${name} holds no requests`)
  return requests.map((number) => {
    const { head, body } = bodies.get(`REQUEST ${number}`)!
    return { number, head, body, answered: bodies.get(`RESPONSE to ${number}`)?.body ?? '' }
  })
}

function readMessage(text: string): { head: string[]; body: string } {
  const end = text.indexOf('\n\n')
  const head = (end < 0 ? text : text.slice(0, end)).trimEnd().split('\n')
  const length = Number(head.map((line) => /^content-length: *(\d+)$/i.exec(line)?.[1]).find(Boolean) ?? 0)
  const bytes = Buffer.from(end < 0 ? '' : text.slice(end + 2))
  if (bytes.length < length) throw new Error(`A recorded body is shorter than its head says:\n${head.join('\n')}`)
  return { head, body: bytes.subarray(0, length).toString('utf8') }
}

/** The text of the first element of that name. */
export const textOf = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]

/** The content of a message as it was meant. The recorded clients refer to nothing but these five characters. */
export const contentOf = (xml: string): string | undefined =>
  textOf(xml, 'ContentData')?.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => characters[name]!)

const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

/** The name of the (first) primitive. */
export const primitiveOf = (xml: string): string | undefined => /<TransactionContent[^>]*>\s*<([\w-]+)/.exec(xml)?.[1]

export const modeOf = (xml: string): string | undefined => textOf(xml, 'TransactionMode')
