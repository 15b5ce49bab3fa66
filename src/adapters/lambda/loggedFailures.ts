import type middy from '@middy/core'
import type { Village } from '../../village.ts'

/**
 * The last resort: a defect that no transaction has caught is logged, and answered with an HTTP 500 without a word of
 * what it was.
 */
export function loggedFailures(village: Village): middy.MiddlewareObj {
  return {
    onError: function loggedFailuresOnError(request) {
      village.log.error('request failed', request.error)
      village.log.metric('ServerError')
      const headers = { 'content-type': 'text/plain; charset=utf-8' }
      request.response = { statusCode: 500, headers, body: 'Internal server error\n', isBase64Encoded: false }
    },
  }
}
