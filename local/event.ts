import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'

/** Headers that belong to one connection: a gateway keeps them to itself. */
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'expect'])

/**
 * An HTTP request as the event that an API Gateway HTTP API (payload 2.0) makes of it.
 *
 * @param routeKey the route that was chosen: `$default`, `POST /csp/login`
 * @param now milliseconds since 1970
 */
export function toEvent(request: IncomingMessage, body: Buffer, routeKey: string, now: number): APIGatewayProxyEventV2 {
  const [rawPath = '/', rawQueryString = ''] = splitAtFirst(request.url ?? '/', '?')
  const headers = headersOf(request)
  const { cookie, ...others } = headers
  const host = headers.host ?? ''
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie && { cookies: cookie.split(/;\s*/) }),
    headers: others,
    ...(rawQueryString && { queryStringParameters: queryOf(rawQueryString) }),
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: host,
      domainPrefix: host.split(/[.:]/)[0] ?? '',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    ...bodyOf(body, headers),
  }
}

function splitAtFirst(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** Names in lower case, repeated headers joined by commas, and what a gateway knows about the connection. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct)
      .filter(([name]) => !hopByHop.has(name))
      .map(([name, values]) => [name, values?.join(',') ?? '']),
  )
  const { remoteAddress = '', localPort = 0 } = request.socket
  const before = headers['x-forwarded-for']
  return {
    ...headers,
    'x-forwarded-for': before ? `${before}, ${remoteAddress}` : remoteAddress,
    'x-forwarded-port': String(localPort),
    'x-forwarded-proto': 'http',
  }
}

function queryOf(rawQueryString: string): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    query[name] = name in query ? `${query[name]},${value}` : value
  }
  return query
}

/** API Gateway hands on what it takes for text as it is, and all else, CSP's own types among it, in BASE64. */
function bodyOf(
  body: Buffer,
  headers: Record<string, string>,
): Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { isBase64Encoded: false }
  const type = headers['content-type'] ?? ''
  const isText = /^\s*(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(type) && !headers['content-encoding']
  const text = isText ? body.toString('utf8') : ''
  // Text in another character set would be damaged on the way.
  if (isText && Buffer.from(text, 'utf8').equals(body)) return { body: text, isBase64Encoded: false }
  return { body: body.toString('base64'), isBase64Encoded: true }
}
