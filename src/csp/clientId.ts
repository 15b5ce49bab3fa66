import { type Content, Element, element } from './element.ts'

/** Characters of a ClientID that are kept: those known have 64. */
export const longestClientId = 255

/**
 * The text that identifies a client: the ClientID's URL, MSISDN or plain text, trimmed (R4). Undefined when the client
 * names none.
 */
export function clientIdText(clientId: Element | undefined): string | undefined {
  return clientId?.textOf('URL') ?? clientId?.textOf('MSISDN') ?? clientId?.text
}

/** A ClientID as plain data for a snapshot: URL and MSISDN, or its text. */
export function storeClientId(clientId: Element | undefined): Record<string, string> | undefined {
  if (!clientId) return undefined
  const part = (name: string) => clientId.textOf(name)?.slice(0, longestClientId)
  const [URL, MSISDN] = [part('URL'), part('MSISDN')]
  if (URL === undefined && MSISDN === undefined) return { ClientID: (clientId.text ?? '').slice(0, longestClientId) }
  return { ...(URL !== undefined && { URL }), ...(MSISDN !== undefined && { MSISDN }) }
}

/** The ClientID of a snapshot as content, in the form in which the client gave it. */
export const restoreClientId = (stored: Record<string, string> | undefined): Content =>
  stored && (stored.ClientID !== undefined ? new Element('ClientID', stored.ClientID) : element('ClientID', stored))
