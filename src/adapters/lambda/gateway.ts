import middy from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { serve } from '../../service.ts'
import type { Village } from '../../village.ts'
import { loggedFailures } from './loggedFailures.ts'

/** An event of an API Gateway HTTP API (payload 2.0) in, its answer out. */
export type GatewayHandler = (
  event: APIGatewayProxyEventV2,
  context?: unknown,
) => Promise<APIGatewayProxyStructuredResultV2>

/**
 * The service behind API Gateway: takes the request out of the event and puts the answer into the result, nothing else.
 *
 * @param only the primitives that a narrow address takes
 */
export function gatewayHandler(village: Village, only?: ReadonlySet<string>): GatewayHandler {
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(loggedFailures(village))
    .handler(async (event: APIGatewayProxyEventV2) => {
      const { http } = event.requestContext
      const { status, contentType, body, headers } = await serve(village, {
        method: http.method,
        contentType: headerOf(event, 'content-type'),
        body: bodyOf(event),
        source: http.sourceIp,
        bearer: headerOf(event, 'x-forwarded-proto') === 'http' ? 'HTTP' : 'HTTPS',
        ...(only && { only }),
      })
      return {
        statusCode: status,
        headers: { ...headers, 'content-type': contentType, 'content-length': String(body.length) },
        ...bodyFor(contentType, body),
      }
    })
  return handler as unknown as GatewayHandler
}

/** API Gateway gives bodies of types that it takes for text as they are, and all others in BASE64. */
const bodyOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Uint8Array =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')

/** API Gateway gives names in lower case; other fronts of a function need not. @param name in lower case */
function headerOf({ headers }: APIGatewayProxyEventV2, name: string): string | undefined {
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name)
  return found && headers[found]
}

/** Text goes as it is; binary answers (WBXML) in BASE64, and say so. */
const bodyFor = (contentType: string, body: Uint8Array) =>
  /xml|text|sms/.test(contentType) && !/wbxml/.test(contentType)
    ? { body: Buffer.from(body).toString('utf8'), isBase64Encoded: false }
    : { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }
