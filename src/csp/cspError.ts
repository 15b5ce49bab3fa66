import type { ContentTree } from './element.ts'
import { type StatusCode, statusDescriptions } from './statusCodes.ts'

/**
 * The one error of the service that a client gets to see: thrown wherever a rule is broken, rendered once, as a Status
 * or as the Result of a Login-Response. The description goes out to the client: it names elements, never their values.
 */
export class CspError extends Error {
  readonly code: StatusCode
  /** DetailedResult elements: what of several things that were asked for failed, and why. */
  readonly details: readonly ContentTree[]

  constructor(code: StatusCode, description: string = statusDescriptions[code], details: readonly ContentTree[] = []) {
    super(description)
    this.name = 'CspError'
    this.code = code
    this.details = details
  }
}

/** The body is no CSP message at all: an HTTP 4xx, the only case in which the transport's status is not 200. */
export class NotCspError extends Error {
  /** HTTP status: 400 malformed, 413 too large, 415 unknown encoding. */
  readonly status: 400 | 413 | 415

  constructor(status: 400 | 413 | 415, message: string) {
    super(message)
    this.name = 'NotCspError'
    this.status = status
  }
}

/** What cannot be read as a message. @param why in words for whoever looks into it, without anything of its content */
export const malformed = (why: string): NotCspError => new NotCspError(400, `Not a CSP message: ${why}`)
