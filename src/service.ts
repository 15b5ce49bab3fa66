import { answerMessage } from './conversation.ts'
import { type ChosenCodec, chooseCodec, contentTypeOf } from './csp/codecs.ts'
import { NotCspError } from './csp/cspError.ts'
import type { Message } from './csp/message.ts'
import type { Binding } from './session/session.ts'
import { discoverVersions } from './versionDiscovery.ts'
import type { Village } from './village.ts'

/** A request, whatever brought it. */
export interface ServiceRequest {
  readonly method: string
  readonly contentType?: string
  readonly body: Uint8Array
  /** The client's address: wrong passwords are counted by it. */
  readonly source: string
  readonly bearer: Binding['bearer']
  /** On a narrow address: the primitives it takes. */
  readonly only?: ReadonlySet<string>
}

/** What goes back. An empty body is the answer to an idle poll, with status 200 like every CSP answer. */
export interface ServiceAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** Bytes and content type in, bytes and content type out: the service, without a platform. */
export async function serve(village: Village, request: ServiceRequest): Promise<ServiceAnswer> {
  if (request.method !== 'POST') {
    const hint = 'This is the address of an IMPS service. Phones send POST requests to it.\n'
    return { ...plain(405, hint), headers: { Allow: 'POST' } }
  }
  try {
    const { chosen, message } = decode(village, request)
    const answer = await reply(village, request, chosen, message)
    const contentType = chosen.contentType ?? contentTypeOf(chosen.codec.encoding, message.version)
    return { status: 200, contentType, body: answer ? chosen.codec.encode(answer) : new Uint8Array() }
  } catch (error) {
    if (!(error instanceof NotCspError)) throw error
    village.log.metric('DecodeError')
    return plain(error.status, `${error.message}\n`)
  }
}

const plain = (status: number, text: string): ServiceAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from(text),
})

function decode(
  { settings }: Village,
  { body, contentType }: ServiceRequest,
): { chosen: ChosenCodec; message: Message } {
  // Before anything is decoded.
  if (body.length > settings.maxRequestBytes)
    throw new NotCspError(413, `The request is larger than ${settings.maxRequestBytes} bytes`)
  if (body.length === 0) throw new NotCspError(400, 'The request is empty')
  const chosen = chooseCodec(contentType, body)
  return { chosen, message: chosen.codec.decode(body, chosen.charset) }
}

async function reply(
  village: Village,
  request: ServiceRequest,
  { codec }: ChosenCodec,
  message: Message,
): Promise<Message | undefined> {
  if (message.kind === 'session') {
    const binding: Binding = { encoding: codec.encoding, bearer: request.bearer }
    return answerMessage(village, message, {
      binding,
      source: request.source,
      only: request.only,
      size: (one) => codec.encode(one).length,
    })
  }
  return discoverVersions(message)
}
